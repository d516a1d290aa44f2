package main

import (
	"fmt"
	"time"

	"earshot/bot"
	"earshot/digest"
	"earshot/store"
)

// backupConfig is the regular copy of the store.
type backupConfig struct {
	Schedule string `yaml:"schedule" doc:"Five cron fields: 0 3 * * *."`
	Zone     string `yaml:"zone" doc:"The schedule's time zone; the team's when left out."`
	Folder   string `yaml:"folder" doc:"Where copies are put: another disk than the store's, best. On several replicas each copy is made by one of them: name a disk that all of them see."`
	Keep     int    `yaml:"keep" doc:"How many copies are kept, 7; the oldest go first."`
}

// on tells whether copies are made by themselves.
func (b backupConfig) on() bool { return b.Schedule != "" }

// backupsKept is how many copies are kept when nobody says.
const backupsKept = 7

func (k checker) backup() {
	b := k.c.Backup
	if b == (backupConfig{Keep: backupsKept}) {
		return
	}
	k.needed("backup.folder", b.Folder, true)
	if b.Keep < 0 {
		k.wrong("backup.keep", "cannot be negative")
	}
	if b.Zone != "" {
		k.zone("backup.zone", b.Zone)
	}
	if _, err := digest.ParseSpec(b.Schedule, zoneOf(k.c.backupZone())); b.Schedule != "" && err != nil {
		k.wrong("backup.schedule", "%s", bot.Told(err))
	}
}

func (c *config) backupZone() string {
	if c.Backup.Zone != "" {
		return c.Backup.Zone
	}
	return c.Zone
}

// retentionConfig says how long what is stored is kept.
type retentionConfig struct {
	keepConfig
	Deliveries time.Duration   `yaml:"deliveries" doc:"Rows of what was sent: 90d."`
	Sources    []keepForConfig `yaml:"sources" doc:"Sources with times of their own."`
}

// keepConfig is the part that a source may have of its own.
type keepConfig struct {
	Mentions time.Duration `yaml:"mentions" doc:"What was said, with its verdict, and what was written about it: 400d. Mentions of cases that are not done stay; counts in reports stay."`
	Raw      time.Duration `yaml:"raw" doc:"Attributes, links to pictures, what was quoted, former texts, and what could not be read: 90d."`
	Authors  time.Duration `yaml:"authors" doc:"Profiles of authors (name, address, e-mail) after their last mention: 180d."`
}

type keepForConfig struct {
	Name string `yaml:"name"`
	keepConfig
}

// leastKept is the least that may be kept: spikes are measured against weeks.
const leastKept = 7 * 24 * time.Hour

func (k checker) retention() {
	r := k.c.Retention
	k.kept("retention", r.keepConfig)
	if r.Deliveries != 0 && r.Deliveries < leastKept {
		k.wrong("retention.deliveries", "must be 7d at least")
	}
	names := make([]string, len(r.Sources))
	for i, s := range r.Sources {
		names[i] = s.Name
		k.kept(fmt.Sprintf("retention.sources[%d]", i), s.keepConfig)
	}
	k.unique("retention.sources", names)
}

func (k checker) kept(path string, keep keepConfig) {
	for name, age := range map[string]time.Duration{"mentions": keep.Mentions, "raw": keep.Raw, "authors": keep.Authors} {
		if age != 0 && age < leastKept {
			k.wrong(path+"."+name, "must be 7d at least; 0 keeps everything")
		}
	}
}

// retained is what the configuration says, for the store.
func (c *config) retained() store.Retention {
	r := c.Retention
	out := store.Retention{Keep: r.keep(), Deliveries: r.Deliveries, Sources: map[string]store.Keep{}}
	for _, s := range r.Sources {
		own := s.keep()
		if own.Mentions == 0 {
			own.Mentions = out.Mentions
		}
		if own.Raw == 0 {
			own.Raw = out.Raw
		}
		if own.Authors == 0 {
			own.Authors = out.Authors
		}
		out.Sources[s.Name] = own
	}
	return out
}

func (k keepConfig) keep() store.Keep {
	return store.Keep{Mentions: k.Mentions, Raw: k.Raw, Authors: k.Authors}
}
