import java.io.FileInputStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.Paths;
import java.security.cert.CertificateFactory;
import java.security.cert.PKIXBuilderParameters;
import java.security.cert.TrustAnchor;
import java.security.cert.X509CertSelector;
import java.security.cert.X509Certificate;
import java.util.ArrayList;
import java.util.Collection;
import java.util.Date;
import java.util.HashSet;
import java.util.List;
import java.util.Set;
import javax.net.ssl.CertPathTrustManagerParameters;
import javax.net.ssl.TrustManagerFactory;
import javax.net.ssl.X509TrustManager;

/**
 * Checks chains of client certificates as a server in Java does.
 *
 * Arguments: the time, in seconds since 1970, and a folder with files N.chain.pem (what the client sends) and N.ca.pem (what the server
 * trusts). Prints a line for each N: the number, and the error if there is one.
 */
public class ClientVerifier {
    static List<X509Certificate> read(Path file) throws Exception {
        List<X509Certificate> found = new ArrayList<>();
        try (FileInputStream stream = new FileInputStream(file.toFile())) {
            for (Object each : CertificateFactory.getInstance("X.509").generateCertificates(stream)) {
                found.add((X509Certificate) each);
            }
        }
        return found;
    }

    static String error(Path chain, Path anchors, Date now) {
        try {
            Set<TrustAnchor> trusted = new HashSet<>();
            for (X509Certificate each : read(anchors)) {
                trusted.add(new TrustAnchor(each, null));
            }
            PKIXBuilderParameters parameters = new PKIXBuilderParameters(trusted, new X509CertSelector());
            parameters.setRevocationEnabled(false);
            parameters.setDate(now);
            TrustManagerFactory factory = TrustManagerFactory.getInstance("PKIX");
            factory.init(new CertPathTrustManagerParameters(parameters));
            X509Certificate[] sent = read(chain).toArray(new X509Certificate[0]);
            String type = sent[0].getPublicKey().getAlgorithm();
            ((X509TrustManager) factory.getTrustManagers()[0]).checkClientTrusted(sent, type);
            return "";
        } catch (Exception exception) {
            return String.valueOf(exception.getMessage()).replace('\n', ' ');
        }
    }

    public static void main(String[] arguments) throws Exception {
        Date now = new Date(Long.parseLong(arguments[0]) * 1000);
        Path folder = Paths.get(arguments[1]);
        for (int number = 0; Files.exists(folder.resolve(number + ".chain.pem")); number++) {
            Path anchors = folder.resolve(number + ".ca.pem");
            System.out.println(number + " " + error(folder.resolve(number + ".chain.pem"), anchors, now));
        }
    }
}
