package main

import (
	"fmt"
	"os"
	"slices"
	"strings"

	"earshot/bot"
)

// exposed tells of secrets that stand in the configuration itself, where
// others on this machine may read it.
func exposed(file string, getenv func(string) string, kinds []bot.Driver) []bot.Finding {
	info, err := os.Stat(file)
	if err != nil || info.Mode().Perm()&0o077 == 0 {
		return nil // whoever may not be read by others may hold what it likes
	}
	data, err := os.ReadFile(file)
	if err != nil {
		return nil // said before
	}
	_, d, err := decodeConfig(file, data, getenv, kinds)
	if err != nil || len(d.written) == 0 {
		return nil
	}
	slices.Sort(d.written)
	keys := strings.Join(slices.Compact(d.written), ", ")
	return []bot.Finding{{What: fmt.Sprintf("Configuration: secrets stand in %s, which others on this machine may read (%s): %s", file, info.Mode().Perm(), keys),
		Mend: "Put them into the environment (${NAME}, or a file that NAME_FILE names), or let only Earshot's user read it: chmod 600 " + file}}
}
