# Reads the output of the benchmarks and prints a table: what was measured, what
# it should be, what it is. A figure that was not measured is missing from it.

/^pkg:/ { pkg = $2 }

/^Benchmark/ {
  name = $1
  sub(/-[0-9]+$/, "", name)
  for (i = 3; i < NF; i += 2) {
    is[pkg " " name " " $(i + 1)] = $i
    if ($(i + 1) == "load" && $i > load) load = $i
  }
}

function row(what, target, figure) { printf "%-62s %-14s %s\n", what, target, figure }

# show prints one metric of one benchmark, times a factor, in a unit.
function show(what, target, key, factor, form) {
  if (key in is) row(what, target, sprintf(form, is[key] * factor))
}

# ratio prints how many times a is b.
function ratio(what, target, a, b) {
  if (a in is && b in is && is[b] > 0) row(what, target, sprintf("%.2f", is[a] / is[b]))
}

END {
  cmd = "earshot/cmd/earshot Benchmark"
  big = cmd "Million/"
  reads = "earshot/store BenchmarkMillion/"
  print ""
  row("figure", "target", "measured")
  row("------", "------", "--------")
  show("whole way of a mention, to its commit", "", cmd "WholeWay mentions/s", 1, "%.0f a second")
  show("bare insert of the same rows and indexes", "", cmd "BareInsert mentions/s", 1, "%.0f a second")
  ratio("whole way / bare insert", ">= 0.5", cmd "WholeWay mentions/s", cmd "BareInsert mentions/s")
  show("bare insert, a transaction indexed at once as we do", "", cmd "BareInsertAtOnce mentions/s", 1, "%.0f a second")
  ratio("  whole way / that", "", cmd "WholeWay mentions/s", cmd "BareInsertAtOnce mentions/s")
  show("whole way of a mention, PostgreSQL", "", cmd "WholeWayPostgres mentions/s", 1, "%.0f a second")
  show("batch insert of the same rows and indexes, PostgreSQL", "", cmd "BareInsertPostgres mentions/s", 1, "%.0f a second")
  ratio("whole way / batch insert, PostgreSQL", ">= 0.5", cmd "WholeWayPostgres mentions/s", cmd "BareInsertPostgres mentions/s")
  split("sqlite postgres", engines, " ")
  split("200 1000 2000", loads, " ")
  for (e = 1; e <= 2; e++) {
    for (l = 1; l <= 3; l++) {
      of = cmd "FlaggedToCall/" engines[e] "/" loads[l] " "
      what = "flagged mention to the call, " engines[e] ", " loads[l] " a second, "
      show(what "p50", "", of "p50-ms", 1, "%.0f ms")
      show(what "p99", loads[l] == 200 ? "< 300 ms" : "", of "p99-ms", 1, "%.0f ms")
    }
    show("cards brought out, " engines[e], "", cmd "Deliveries/" engines[e] " deliveries/s", 1, "%.0f a second")
  }
  show("after a SIGKILL, a million stored: start to first work", "< 2000 ms", big "recover ms-to-work", 1, "%.0f ms")
  show("after the leader's SIGKILL: another replica listens", "< 15000 ms", cmd "Failover ms-to-listen", 1, "%.0f ms")
  show("a million stored: start to ready", "< 500 ms", big "start ms-to-ready", 1, "%.0f ms")
  show("  the same, nothing learnt before", "< 500 ms", big "start_anew ms-to-ready", 1, "%.0f ms")
  show("  then learning in the background", "", big "learn s-learning", 1, "%.0f s")
  show("a million stored: idle memory of run", "< 80 MB", big "idle MB", 1, "%.0f MB")
  show("  of it the process's own", "", big "idle MB-own", 1, "%.0f MB")
  show("  of it pages of the program's file", "", big "idle MB-of-files", 1, "%.0f MB")
  show("  at most, while learning", "", big "learn MB-peak", 1, "%.0f MB")
  show("30-day digest, a million", "< 1000 ms", big "digest_of_1000000 ms", 1, "%.0f ms")
  show("30-day digest, ten million", "", big "digest_of_10000000 ms", 1, "%.0f ms")
  ratio("  ten million / a million", "< 10", big "digest_of_10000000 ms", big "digest_of_1000000 ms")
  show("  a million, a period asked for the first time", "< 1000 ms", big "digest_of_1000000_anew ms", 1, "%.0f ms")
  show("  ten million, a period asked for the first time", "", big "digest_of_10000000_anew ms", 1, "%.0f ms")
  ratio("  ten million / a million, the first time", "< 10", big "digest_of_10000000_anew ms", big "digest_of_1000000_anew ms")
  show("a million stored: inbox", "", reads "inbox ns/op", 1e-6, "%.2f ms")
  show("  count of the inbox", "", reads "count_inbox ns/op", 1e-6, "%.2f ms")
  show("  a case with all that is known", "", reads "dossier ns/op", 1e-6, "%.2f ms")
  show("  search for a rare word", "", reads "search_rare_words ns/op", 1e-6, "%.2f ms")
  show("  search for a word that is in all", "", reads "search_a_word_in_all ns/op", 1e-6, "%.2f ms")
  printf "\nThe highest load while measuring was %s.\n", load
}
