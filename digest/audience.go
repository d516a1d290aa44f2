package digest

import (
	"slices"
	"strings"
	"time"

	"earshot/bot"
)

// Audience is who gets a digest, about what, where and when.
type Audience struct {
	Name     string
	Watches  []string // the first is the one the score is of; the others stand beside it
	Places   []bot.Place
	Spec     string // five cron fields
	Zone     *time.Location
	Period   Period
	Sections []string // names of Sections, in any order; none for all
}

// schedulePrefix is what names of the digests' schedules begin with.
const schedulePrefix = "digest:"

// ScheduleName is the name of the audience's schedule.
func (a Audience) ScheduleName() string { return schedulePrefix + a.Name }

// Check says what is wrong with an audience: nothing, or one *bot.Error.
func (a Audience) Check() error {
	names := SectionNames()
	for _, s := range a.Sections {
		if !slices.Contains(names, s) {
			return bot.Errorf(bot.ErrInvalid, "The digest %q has no section %q. There are: %s.", a.Name, s, strings.Join(names, ", "))
		}
	}
	switch {
	case a.Name == "":
		return bot.Errorf(bot.ErrInvalid, "A digest needs the name of its audience.")
	case len(a.Watches) == 0:
		return bot.Errorf(bot.ErrInvalid, "The digest %q names no watch.", a.Name)
	case a.Zone == nil:
		return bot.Errorf(bot.ErrInvalid, "The digest %q needs a time zone, such as Europe/Berlin.", a.Name)
	}
	_, err := ParseSpec(a.Spec, a.Zone)
	return err
}

// wants tells whether the audience reads a section.
func (a Audience) wants(section string) bool {
	return len(a.Sections) == 0 || slices.Contains(a.Sections, section)
}
