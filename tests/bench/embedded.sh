# shellcheck shell=bash
# The embedded mode; read by scripts/bench.

echo "embedded: starting and filling the demonstration county" >&2
password=$work/password
head -c 12 /dev/urandom | base64 >"$password"
port=$(free_port)
url=http://127.0.0.1:$port
serve() {
  local begun
  begun=$(date +%s%N)
  "$bin/wenming" serve --listen "127.0.0.1:$port" --store "sqlite:$work/data" --admin-password-file "$password" 2>>"$work/log" &
  server=$!
  until curl -sfo /dev/null "$url/readyz"; do sleep 0.005; done
  started=$((($(date +%s%N) - begun) / 1000000))
}
stop() {
  kill -TERM "$server"
  wait "$server"
}
serve
first_start=$started
idle_kb=$(awk '/VmRSS/ {print $2}' "/proc/$server/status")
fill_county
stop
cp -r "$work/data" "$work/demo-data"
serve

mkfifo "$work/stdin"
"$bin/http_server_bench" <"$work/stdin" >"$work/echo-port" &
exec 3>"$work/stdin"
until [ -s "$work/echo-port" ]; do sleep 0.05; done
echo_url=http://127.0.0.1:$(<"$work/echo-port")

echo "embedded: measuring" >&2
read -r bare _ _ < <(load "$echo_url/constant")
read -r echoed _ _ < <(ECHO=1 load "$echo_url" -s tests/bench/write_hours.lua)
read -r written write_p99 write_bad < <(load "$url" -s tests/bench/write_hours.lua)
read -r dashboard read_p99 read_bad < <(load "$url/v1/dashboard/overview?unit_id=$county" -H "Authorization: Bearer $token")
lag_slow=$(lag 500)
loaded_kb=$(awk '/VmRSS/ {print $2}' "/proc/$server/status")
folded=$("$bin/fold_bench" --benchmark_filter=FoldHours/ --benchmark_format=json 2>/dev/null |
  jq -r '[.benchmarks[] | select(.items_per_second) | .items_per_second] | max')
# The same volunteers and days again would overlap, so every further measurement begins with a server that has seen none.
at_size() {
  stop
  rm -rf "$work/data"
  cp -r "$work/demo-data" "$work/data"
  if [ "$1" -gt 0 ]; then tests/bench/fill_hours "$work/data/volunteer.sqlite" "$1"; fi
  sync
  serve
  lag 1000 >"$work/lag"
}
at_size 0
lag_fast=$(<"$work/lag")
second_start=$started
if [ "$entries" -gt 0 ]; then
  at_size "$entries"
  lag_large=$(<"$work/lag")
fi
stop
rm -rf "$work/data"
nginx=$(tests/bench/http_server/compare_with_nginx build/release 1 "$seconds" | tail -n 1) || nginx="ratio not measured"

table "Embedded"
row "start to ready, all in one, first / later" "$first_start / $second_start ms" "≤ 300 ms"
row "resident memory, idle / after this run" "$((idle_kb / 1024)) / $((loaded_kb / 1024)) MB" "≤ 60 MB idle"
row "bare HTTP server, constant 2 KB" "$(round "$bare")/s; ${nginx##*ratio }" "≥ 90 % of nginx"
row "the same server echoing the body" "$(round "$echoed")/s" ""
row "durable write (POST hours), 64 connections" "$(round "$written")/s, p99 $write_p99, $write_bad refused; $(ratio "$written" "$echoed")" "≥ 50 % of echo"
row "dashboard read, 64 connections" "$(round "$dashboard")/s, p99 $read_p99, $read_bad refused; $(ratio "$dashboard" "$bare")" "≥ 90 % of bare"
row "write → on the stream, 500/s" "$lag_slow" "seen: p99 ≤ 10 ms"
row "the same at 1,000/s" "$lag_fast" "seen: p99 ≤ 10 ms"
if [ "$entries" -gt 0 ]; then row "the same with $entries entries" "$lag_large" "written: p99 ≤ 1.3 × that above"; fi
row "folding, events/s on one core" "$(round "${folded:-0}")" "≥ 100,000"
