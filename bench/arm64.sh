#!/bin/bash
# Whether arm64 plays the same bits, told by an emulator: every module type, for music and for what nobody would play, and the first ten
# seconds of a piece. For Debian and its like, with the package qemu-user-static; what it needs besides, it loads into FOLDER, and changes
# nothing of the system. Ten minutes the first time, most of them for compiling.
#
#     bench/arm64.sh FOLDER
set -euo pipefail

folder=$(realpath -m "${1:?say where it may put 500 MB: bench/arm64.sh FOLDER}")
here=$(realpath "$(dirname "$0")/..")
own=$here/.venv/bin/python
piece=examples/acid.txt
command -v qemu-aarch64-static > /dev/null || { echo "arm64.sh: qemu-aarch64-static is missing: apt-get install qemu-user-static" >&2; exit 1; }
[ -x "$own" ] || { echo "arm64.sh: $here has no .venv yet: make setup" >&2; exit 1; }

mkdir -p "$folder"/{lists/partial,archives/partial,root,wheels,site}
cd "$folder"
if [ ! -x root/usr/bin/python3 ]; then
    echo "loading Python for arm64"
    apt="apt-get -qq -o APT::Architecture=arm64 -o APT::Architectures=arm64 -o Dir::State::Lists=$folder/lists -o Dir::Cache=$folder -o Dir::State::status=/dev/null
         -o APT::Sandbox::User=root"
    touch status
    $apt update
    $apt -o Dir::State::status="$folder/status" --download-only -y --no-install-recommends install python3 libstdc++6 libatomic1
    for package in archives/*.deb; do dpkg -x "$package" root; done
fi
printf '#!/bin/bash\nexport PYTHONHOME=%s/root/usr\nexec qemu-aarch64-static -L %s/root -0 "$0" %s/root/usr/bin/python3 "$@"\n' "$folder" "$folder" "$folder" > python3
chmod +x python3
version=$(./python3 -c 'import sys; print("%d.%d" % sys.version_info[:2])')
if [ -z "$(ls site)" ]; then
    echo "loading what it needs, for Python $version"
    grep -E '^[a-z-]+==' "$here/requirements.lock" | grep -vE '^(miniaudio|python-rtmidi)' | sed 's/ \\$//' > names
    "$own" -m pip download -q --no-deps -d wheels --python-version "$version" --only-binary=:all: \
        --platform manylinux_2_28_aarch64 --platform manylinux_2_27_aarch64 --platform manylinux_2_17_aarch64 --platform manylinux2014_aarch64 -r names
    for wheel in wheels/*.whl; do "$own" -m zipfile -e "$wheel" site; done
fi

cd "$here"
emulated() { PYTHONPATH=src:$folder/site CHRONUS_CACHE=$folder/cache "$folder/python3" "$@"; }
same() { if [ "$2" = "$3" ]; then echo "$1: the same bits"; else echo "$1 differs: $2 here, $3 on arm64"; exit 1; fi; }

echo "every module type, here and there"
"$own" -m chronus.workshop.harness 1 > "$folder/here.json"
emulated -m chronus.workshop.harness 1 > "$folder/there.json"
same "$("$own" -c 'import json, sys; print(len(json.load(open(sys.argv[1]))))' "$folder/here.json") module types" \
    "$(sha256sum < "$folder/here.json")" "$(sha256sum < "$folder/there.json")"

echo "$piece, here and there"
rendered='import sys; from chronus.faces.scripts import render_script; from pathlib import Path
print(render_script(Path(sys.argv[1]), frames=480_000)["sha256"])'
same "$piece" "$("$own" -c "$rendered" "$piece")" "$(emulated -c "$rendered" "$piece" | tail -1)"
