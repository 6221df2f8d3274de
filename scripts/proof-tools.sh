#!/usr/bin/env bash
# Installs what the proof needs beyond Node and a C compiler: Spin for the formal models, clang with its libFuzzer
# for the fuzzers of the C part. Only what is missing, only as root and where apt-get is; otherwise the tests that
# need it say what is lacking. Never asks, and never takes longer than some minutes.
set -u
lacks=()
command -v spin > /dev/null || lacks+=(spin)
compgen -c clang | grep -qxE 'clang(-[0-9]+)?' && compgen -G '/usr/lib/llvm-*/lib/clang/*/lib/linux/libclang_rt.fuzzer-*.a' \
  > /dev/null || lacks+=(clang-14 libclang-rt-14-dev)
if [ ${#lacks[@]} -eq 0 ]; then exit 0; fi
if [ "$(id -u)" -ne 0 ] || ! command -v apt-get > /dev/null; then
  echo "not installed, and cannot be from here: ${lacks[*]}"
  exit 0
fi

apt() {
  DEBIAN_FRONTEND=noninteractive timeout -k 10 "$1" apt-get -qq -o DPkg::Lock::Timeout=60 -o Acquire::Retries=1 \
    "${@:2}" < /dev/null > /dev/null 2>&1
}

echo "installing ${lacks[*]}"
if ! apt 150 install -y --no-install-recommends "${lacks[@]}"; then
  # The lists may be missing, or too old.
  apt 100 update
  apt 150 install -y --no-install-recommends "${lacks[@]}" || echo "could not install ${lacks[*]}"
fi
exit 0
