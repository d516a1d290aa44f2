// Package digest tells the people who decide how loyalty stands, and why.
//
// Its arithmetic is pure: a Tally of people becomes an Estimate with its
// interval, two estimates a Change, two windows a split of what moved. What is
// counted comes from roll-ups: a Day holds, for one watch and one UTC day, what
// every person said, in a few bytes a mention; Fold merges any number of days
// into a Window without reading a mention again.
//
// A Builder makes the Report of an Audience from the store, section by section
// (one file each, listed by Sections), and draws it as a bot.View. A Scheduler
// sends each report once a slot, whatever restarts.
//
// "Social NPS (estimate)" is computed from what people say in public and is no
// survey. Net Promoter, NPS and Net Promoter Score are trademarks of Bain &
// Company, NICE Satmetrix and Fred Reichheld.
package digest
