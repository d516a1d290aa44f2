package digest

import "context"

// Section is one part of a digest: what it gathers into the report, and how it
// is drawn. To add one: a file with a function that gives it, and its name in
// Sections.
type Section struct {
	Name   string // as the configuration spells it
	gather func(ctx context.Context, b *Builder, m *material) error
	draw   func(d *drawing)
}

// Sections lists the sections in the order in which they are read.
func Sections() []Section {
	return []Section{
		socialNPS(),
		summary(),
		moved(),
		apart(),
		talkedOf(),
		voices(),
		work(),
		aftermath(),
		spikes(),
		decisions(),
		sources(),
		accuracy(),
	}
}

// SectionNames lists the sections' names.
func SectionNames() []string {
	var names []string
	for _, s := range Sections() {
		names = append(names, s.Name)
	}
	return names
}
