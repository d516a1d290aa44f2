package meter

import (
	"fmt"
	"slices"
	"strings"
)

// metric is one line of the table.
type metric struct{ name, kind, labels, help string }

// document remembers a metric for the table.
func (m *Meter) document(name, kind, help string, labels []string) {
	m.documented = append(m.documented, metric{prefix + name, kind, strings.Join(labels, ", "), help})
}

// Table lists every metric of ours in Markdown, by name: what metrics.md holds.
func (m *Meter) Table() string {
	all := slices.Clone(m.documented)
	for _, f := range figures() {
		all = append(all, metric{prefix + f.name, "gauge", strings.Join(f.labels, ", "), f.help})
	}
	slices.SortFunc(all, func(a, b metric) int { return strings.Compare(a.name, b.name) })
	var b strings.Builder
	b.WriteString("| metric | type | labels | what it says |\n| --- | --- | --- | --- |\n")
	for _, r := range all {
		fmt.Fprintf(&b, "| `%s` | %s | %s | %s |\n", r.name, r.kind, r.labels, r.help)
	}
	return b.String()
}
