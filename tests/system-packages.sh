#!/usr/bin/env bash
# Installs what the tests meet for real, on Debian as root; elsewhere says what is missing. Tests without it skip loudly.
set -euo pipefail
packages=(redis-server faketime chromium prometheus prometheus-alertmanager postgresql python3-gi gir1.2-gst-rtsp-server-1.0
  gstreamer1.0-plugins-base gstreamer1.0-plugins-good gstreamer1.0-plugins-bad gstreamer1.0-plugins-ugly gstreamer1.0-libav "$@")
missing=()
for package in "${packages[@]}"; do
  dpkg-query -W -f='${Status}' "$package" 2>/dev/null | grep -q 'ok installed' || missing+=("$package")
done
[ ${#missing[@]} -eq 0 ] && exit 0
if ! command -v apt-get >/dev/null || [ "$(id -u)" -ne 0 ]; then
  echo "NOT INSTALLED: ${missing[*]}" >&2
  echo "Tests that need them will be skipped and say so. On Debian: sudo apt-get install ${missing[*]}" >&2
  exit 0
fi
apt-get update -qq
DEBIAN_FRONTEND=noninteractive apt-get install -y -qq --no-install-recommends "${missing[@]}" >/dev/null
