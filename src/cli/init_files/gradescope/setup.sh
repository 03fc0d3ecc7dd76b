#!/bin/sh
# Gradescope runs this once, as root, when it builds the image. Add what submissions need.
set -e
apt-get -q update
apt-get -q install -y --no-install-recommends bubblewrap g++ make python3
/autograder/source/eagain --version
