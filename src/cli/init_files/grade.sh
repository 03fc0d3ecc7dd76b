#!/bin/sh
# Grades the current folder: how the submission is built, how it is started. rubric.toml, beside this, says what
# is given points for. Options for `eagain grade`, such as --report, may follow.
here=$(cd "$(dirname "$0")" && pwd)
export EAGAIN_CALLED_AS=eagain # for the command that shows a failure again, which is typed elsewhere
# shellcheck disable=SC1083 # {port} is for eagain
exec "$here/eagain" grade --rubric "$here/rubric.toml" --allow-weak-sandbox {{options}}"$@" -- {{command}}
