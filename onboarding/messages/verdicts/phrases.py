"""TODO: phrases that verdicts are glued from."""

QUOTE = "Send the details below to your contact at Stellantis."
THEN_QUOTE = "Try again in a few minutes. If it stays so, send the details below to your contact at Stellantis."
ELSE_QUOTE = "send the details below to your contact at Stellantis."  # behind "If …, "
ASK_NETWORK = "Ask the people who run this server’s network"
LET_THROUGH = f"{ASK_NETWORK} to let this server reach {{host}} directly. "
CHECK_ADDRESS = "Ask whoever runs this site or command to check the address of the gateway in its settings. "
NOTHING_TO_DO = "There is nothing to change on your side. "
