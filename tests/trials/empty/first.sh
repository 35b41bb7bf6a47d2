#!/bin/sh
# The first process of an empty machine: `sh first.sh DISK [FOLDER...]`. It mounts what every machine has, and those folders
# of ours, to be read only; then it ends when its input does. It has namespaces of its own, so nothing of it can be left.
set -e
disk=$1
shift

mount --bind "$disk" "$disk" # who makes namespaces there wants its root to be a mount
mount -t proc proc "$disk/proc"
mount --rbind -o ro /sys "$disk/sys"
mount -t tmpfs -o mode=755 dev "$disk/dev"
for device in null zero full random urandom tty; do
    touch "$disk/dev/$device"
    mount --bind "/dev/$device" "$disk/dev/$device"
done
mkdir "$disk/dev/shm" "$disk/dev/pts"
mount -t tmpfs shm "$disk/dev/shm"
mount -t devpts -o newinstance,ptmxmode=0666 devpts "$disk/dev/pts"
ln -s pts/ptmx "$disk/dev/ptmx"
ln -s /proc/self/fd "$disk/dev/fd"

for folder; do
    mkdir -p "$disk$folder"
    mount --bind -o ro "$folder" "$disk$folder"
done

echo up
# Who ignores its children's ends never has to bury the orphans that come to a first process.
exec env --ignore-signal=CHLD chroot "$disk" cat
