#!/bin/sh
# A check of your own in shell: one line on standard output, and the exit codes of Nagios' plugins
# (0 fine, 1 warning, 2 failure, 3 unknown). Usage: free-space.sh FOLDER MOST_PERCENT
used=$(df -P "$1" 2>/dev/null | awk 'NR == 2 { print $5 + 0 }')
if [ -z "$used" ]; then
  echo "df says nothing of $1"
  exit 3
fi
echo "$1 is ${used} % full | used=${used}%;$2"
[ "$used" -lt "$2" ] || exit 2
