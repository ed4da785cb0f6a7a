// Tells the server the browser's time zone, in which the next pages show times. Without this script, they show UTC.
"use strict";

const zone = Intl.DateTimeFormat().resolvedOptions().timeZone;
if (zone && !document.cookie.split("; ").includes(`time_zone=${zone}`)) {
  const secure = window.location.protocol === "https:" ? "; secure" : ""; // not shown: a cookie
  document.cookie = `time_zone=${zone}; path=/; max-age=31536000; samesite=lax${secure}`; // not shown: a cookie
}
