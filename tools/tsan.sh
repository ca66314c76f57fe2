#!/bin/bash
# The tests in which threads meet, under ThreadSanitizer, in a build of their own (build-tsan): loops, writer, compute
# pool and bus by themselves, then the server over real sockets while many clients want the same thing. The last line is
# "N passed, N failed"; a race that is reported fails the test in which it happened.
# tests/tsan.supp has the false alarms, each with its reason.
set -uo pipefail
cd "$(dirname "$0")/.." || exit 1
build=build-tsan
results=$build/results
python=/usr/bin/python3
export PYTHONDONTWRITEBYTECODE=1
export TSAN_OPTIONS=${TSAN_OPTIONS:-second_deadlock_stack=1:suppressions=$PWD/tests/tsan.supp}

# Not those that measure time or bytes against a clock: the sanitizer makes everything many times slower.
unit=(http_server http_limits log limit proxy_answers proxy_pool proxy_requests revocation)
store=(bus crash revocations store threads transaction work)
api=(
  test_matching_races.py
  test_booking_effects.py::test_race_for_one_slot
  test_booking_effects.py::test_race_of_both_sides_creating
  test_chat.py::test_a_race_for_one_session
  test_chat.py::test_two_people_talk
  test_chat.py::test_one_client_id_from_two_sockets_at_once
  test_chat.py::test_order_is_the_same_for_everybody
  test_chat.py::test_a_replay_while_others_talk_has_no_gap
  test_chat.py::test_a_flood_is_slowed_not_dropped
  test_chat.py::test_logout_closes_its_sockets_only
  test_chat.py::test_a_restart_says_1012_and_loses_nothing
  test_chat.py::test_a_client_that_leaves_during_the_handshake_leaves_nothing
)

give_up() {
  echo "$1" >&2
  echo "0 passed, 1 failed"
  exit 1
}

configure() {
  [ -f $build/build.ninja ] && return 0
  mkdir -p $build
  meson setup $build --buildtype debug -Doptimization=1 -Db_sanitize=thread -Dtests=enabled >$build/setup.log 2>&1 || {
    tail -n 20 $build/setup.log >&2
    return 1
  }
}

tools/install.sh test || give_up "The packages that the tests need are not there"
configure || give_up "meson could not configure $build"
ninja -C $build --quiet bookadate "${unit[@]/#/tests/unit/test_}" "${store[@]/#/tests/store/store_test_}" ||
  give_up "The program does not build"
rm -rf $results
mkdir -p $results

echo "── C programs under ThreadSanitizer ──"
meson test -C $build --no-rebuild --quiet --num-processes "$(nproc)" "${unit[@]}" "${store[@]}" >$results/meson-tsan.txt 2>&1
echo $? >$results/meson-tsan.code
cp $build/meson-logs/testlog.junit.xml $results/meson-tsan.xml 2>/dev/null
cp $build/meson-logs/testlog.json $results/meson-tsan.json 2>/dev/null

echo "── api under ThreadSanitizer ──"
BOOKADATE_BIN=$PWD/$build/bookadate $python -m pytest -q --tb=short --junitxml=$results/pytest-api-tsan.xml "${api[@]/#/tests/api/}"
echo $? >$results/pytest-api-tsan.code

exec $python tools/sum_results.py $results
