# shellcheck shell=bash
# The distributed mode: PostgreSQL, Kafka, Redis and the services of scripts/cluster, on one machine; read by scripts/bench.

cluster=$work/cluster
port=$(((RANDOM % 200) * 100 + 20000))
url=http://127.0.0.1:$port
export PGPORT=$((port + 50)) # of psql, pgbench and the benchmarks
start_cluster() {
  scripts/cluster --port "$port" --data "$cluster" --bin "$bin" --replicas "volunteer=$1" >"$work/cluster-log" 2>&1 &
  runner=$!
  until "$bin/wenming" ready --url "$url" >/dev/null 2>&1; do
    kill -0 "$runner" 2>/dev/null || { cat "$work/cluster-log" >&2; exit 1; }
    sleep 0.2
  done
}
stop_cluster() {
  kill "$runner" # TERM: what a shell starts in the background ignores INT
  wait "$runner" || true
}
# The processes of a service, as nginx knows them.
processes_of() { grep "upstream $1 " "$cluster/nginx/nginx.conf" | grep -o '127\.0\.0\.1:[0-9]*'; }
memory_of() { awk '/VmRSS/ {printf "%d", $2 / 1024}' "/proc/$(<"$cluster/pids/$1")/status"; }
sql() { psql -h "$cluster/postgres" -U wenming -d "$1" -qtA -v ON_ERROR_STOP=1 "${@:2}"; }
two_inserts() {
  pgbench -h "$cluster/postgres" -U wenming -n -f tests/bench/two_inserts.sql -c 64 -j 1 -M prepared -T "$seconds" wenming_bench 2>/dev/null |
    awk '/^tps/ {print $3}'
}

echo "distributed: starting the cluster and filling the demonstration county" >&2
start_cluster 1
password=$cluster/admin-password
idle_memory=$(for name in identity volunteer hotline dashboard; do printf '%s %s, ' "$name" "$(memory_of "$name-1")"; done)
fill_county
until curl -sfo /dev/null "$url/readyz?settled"; do sleep 0.2; done
sql postgres -c "CREATE DATABASE wenming_bench TEMPLATE template0 ENCODING 'UTF8' LOCALE 'C'"
sql wenming_bench -c "CREATE TABLE bench_state (id bigserial PRIMARY KEY, number bigint, text text);
  CREATE TABLE bench_journal (id bigserial PRIMARY KEY, number bigint, text text)"

sql wenming_volunteer -c ANALYZE # as the server does by itself after a minute: plans made for empty tables are slow

echo "distributed: measuring" >&2
export FIRST_DAY=0
volunteer=http://$(processes_of volunteer)
reference=$(two_inserts)
read -r written write_p99 write_bad < <(load "$volunteer" -s tests/bench/write_hours.lua)
for replica in 1 2; do kill -STOP "$(<"$cluster/pids/dashboard-$replica")"; done
read -r alone alone_p99 alone_bad < <(FIRST_DAY=1000 load "$volunteer" -s tests/bench/write_hours.lua)
for replica in 1 2; do kill -CONT "$(<"$cluster/pids/dashboard-$replica")"; done
reference_again=$(two_inserts)
reference=$(printf '%s\n' "$reference" "$reference_again" | sort -g | tail -n 1)
read -r read_rate read_p99 read_bad < <(load "http://$(processes_of dashboard | head -n 1)/v1/dashboard/overview?unit_id=$county" -H "Authorization: Bearer $token")
until curl -sfo /dev/null "$url/readyz?settled"; do sleep 0.2; done
lag_slow=$(lag 500)
lag_fast=$(lag 1000 30)
loaded_memory=$(for name in identity volunteer hotline dashboard; do printf '%s %s, ' "$name" "$(memory_of "$name-1")"; done)
export BENCH_POSTGRES=$cluster/postgres BENCH_KAFKA=127.0.0.1:$((port + 52))
folded=$("$bin/fold_bench" --benchmark_filter=Kafka --benchmark_format=json 2>"$work/fold-errors" |
  jq -r '.benchmarks[0] | .error_message // (.items_per_second | round)') || folded=
[ -n "$folded" ] || folded="failed: $(tail -n 1 "$work/fold-errors")"

table "Distributed"
row "durable write (POST hours), 64 connections" "$(round "$written")/s, p99 $write_p99, $write_bad refused; $(ratio "$written" "$reference")" "≥ pgbench, two inserts: $(round "$reference")/s"
row "the same while no dashboard folds" "$(round "$alone")/s, p99 $alone_p99, $alone_bad refused; $(ratio "$alone" "$reference")" ""
row "dashboard read, 64 connections" "$(round "$read_rate")/s, p99 $read_p99, $read_bad refused" ""
row "write → on the stream, 500/s" "$lag_slow" "seen: p99 ≤ 20 ms"
row "the same at 1,000/s" "$lag_fast" "seen: p99 ≤ 20 ms"
row "folding from Kafka into PostgreSQL, events/s" "$folded" "≥ 100,000"
row "resident memory, idle, MB" "${idle_memory%, }" "≤ 25"
row "resident memory after this run, MB" "${loaded_memory%, }" ""

# What the way to the database costs, and lanes and a second process bring: the writer alone, without HTTP.
"$bin/store_bench" --benchmark_filter=on_postgres --benchmark_format=json 2>/dev/null >"$work/writers"
writer() { jq -r ".benchmarks[] | select(.name | startswith(\"on_postgres/round_trip_us:$1/lanes:$2/processes:$3/\")) | .items_per_second | floor" "$work/writers"; }

stop_cluster
start_cluster 2
token=$(admin)
writer=$(sign_in bench 'a long enough password')
export TOKEN=$writer FIRST_DAY=2000
# Both at once, each from its own client, on days that nothing else uses.
mapfile -t replicas < <(processes_of volunteer)
for replica in 0 1; do
  FIRST_DAY=$((2000 + 2000 * replica)) wrk -t 1 -c 32 -d "${seconds}s" -s tests/bench/write_hours.lua "http://${replicas[$replica]}" >"$work/wrk-$replica" &
  pids[$replica]=$!
done
wait "${pids[@]}"
doubled=$(awk '/Requests\/sec/ {sum += $2} /Non-2xx/ {bad += $NF} END {printf "%d/s, %d refused", sum, bad}' "$work/wrk-0" "$work/wrk-1")
row "durable write through two processes" "$doubled" ""
if [ "$entries" -gt 0 ]; then
  echo "distributed: filling $entries entries" >&2
  # With one process, as above, and once more without them, so that nothing else differs.
  stop_cluster
  start_cluster 1
  lag_small=$(lag 1000 60)
  sql wenming_volunteer -v "entries=$entries" -f tests/bench/fill_hours.sql
  until curl -sfo /dev/null "$url/readyz?settled"; do sleep 0.2; done
  row "write → on the stream, 1,000/s, before the next" "$lag_small" ""
  row "the same beside $entries entries" "$(lag 1000 80)" "written: p99 ≤ 1.3 ×"
fi
stop_cluster

printf '\nThe writer on PostgreSQL, commands/s, 64 callers in one process (and 32 in each of two)\n\n'
printf '| round trip to the database | no lanes | 2 lanes | 4 lanes | 8 lanes |\n| --- | --- | --- | --- | --- |\n'
for way in 0 250 1000; do
  printf '| %s µs |' "$way"
  for lanes in 0 2 4 8; do printf ' %s (%s) |' "$(writer "$way" "$lanes" 1)" "$(writer "$way" "$lanes" 2)"; done
  printf '\n'
done
