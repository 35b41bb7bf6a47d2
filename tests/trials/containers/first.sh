#!/bin/sh
# Within a sandbox's namespaces, once it has its network: `sh first.sh COMMAND...`. What Docker writes below /run, and what
# it tells the kernel of its network, is the sandbox's and ends with it.
set -e
read -r _ # until there is a network
mount -t tmpfs run /run
ip link set lo up
echo 1 > /proc/sys/net/ipv4/ip_forward
exec "$@"
