# SPDX-License-Identifier: LGPL-2.1-or-later
# The keys of gatehouse.conf(5), from what "gatehoused --print-config" prints. To write them again:
#   gatehoused --print-config | awk -f data/man/keys.awk -v page=data/man/gatehouse.conf.5 >new
# Without a page only the keys are written.

BEGIN {
  about["access"] = "Access control."
  about["cert"] = "Certificates and raw public keys of peers."
  about["coap"] = "The CoAP transport plugin."
  about["compat"] = "Concessions to older peers."
  about["audit"] = "The audit log."
  about["cse"] = "Who this CSE is."
  about["http"] = "The HTTP transport plugin."
  about["limits"] = "Bounds of what requests may use."
  about["location"] = "The position of this machine."
  about["log"] = "The log, on standard error or in the journal."
  about["node"] = "The machine that gatehoused runs on."
  about["notify"] = "Notifications to subscribers."
  about["plugins"] = "Which plugins are loaded, and from where."
  about["registration"] = "Who may register."
  about["request"] = "What requests may ask for beyond their answer."
  about["store"] = "Where resources are kept."
  about["tls"] = "What the servers of this CSE show, over HTTPS and coaps."
  about["vault"] = "Where credentials and the keys of the CSE are kept."
  while (page != "" && (getline line < page) > 0) {
    print line
    if (line ~ /keys begin/)
      break
  }
}

function size (n) {
  if (n > 0 && n % 1073741824 == 0) return n / 1073741824 "G"
  if (n > 0 && n % 1048576 == 0) return n / 1048576 "M"
  if (n > 0 && n % 1024 == 0) return n / 1024 "K"
  return n
}

# "a number, 1 to 32" and its like as a sentence; kinds that need no words are left out
function kind (text,    low, high, unit) {
  low = high = ""
  if (match (text, /, -?[0-9]+ to [0-9]+$/)) {
    split (substr (text, RSTART + 2), bound, " to ")
    low = bound[1]
    high = bound[2]
  }
  if (text ~ /^one of /) {
    sub (/^one of /, "", text)
    gsub (/\|/, ", ", text)
    return "One of " text "."
  }
  if (text ~ /^yes or no/) return "A boolean."
  if (text ~ /^a list/) return "A list."
  if (text ~ /^a number/) unit = "A number"
  else if (text ~ /^octets/) { unit = "A size"; low = size(low); high = length (high) > 18 ? high : size(high) }
  else if (text ~ /^seconds/) unit = "A duration"
  else return ""
  if (low == "") return unit "."
  if (length (high) > 18) return unit ", " low " or more."
  return unit ", " low " to " high (unit == "A duration" ? " seconds." : ".")
}

/^\[/ {
  if (group != "") print ".El"
  group = substr ($0, 2, length ($0) - 2)
  print ".Ss [" group "]"
  if (group in about) print about[group]
  print ".Bl -tag -width Ds"
  next
}

/^# \(/ { bounds = substr ($0, 4, length ($0) - 4); next }
/^# / { help = toupper (substr ($0, 3, 1)) substr ($0, 4); next }

/^#?[a-z0-9-]+ =/ {
  name = $1
  sub (/^#/, "", name)
  value = $0
  sub (/^[^=]*= ?/, "", value)
  # A default that depends on where it is installed is not for the page.
  place = value ~ /^\//
  print ".It Cm " name (/^#/ || place ? "" : " = " (value == "" ? "(empty)" : value))
  gsub (/\\/, "\\e", help)
  print help "."
  if (place) print "The default depends on the installation."
  text = kind(bounds)
  if (text != "") print text
}

END {
  if (group != "") print ".El"
  while (page != "" && (getline line < page) > 0) {
    if (line ~ /keys end/)
      copy = 1
    if (copy)
      print line
  }
}
