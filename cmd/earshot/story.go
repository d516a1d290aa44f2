package main

import (
	"embed"
	"encoding/csv"
	"fmt"
	"hash/fnv"
	"io"
	"sort"
	"strconv"
	"strings"
	"time"

	"earshot/bot"
)

// storyFiles is the bundled feedback of `earshot demo`. The reviews of the Wear
// shop are real ones, from the Women's E-Commerce Clothing Reviews (CC0); all
// else is made up.
//
//go:embed story
var storyFiles embed.FS

// storyLength is how far back the story begins.
const storyLength = 14 * 24 * time.Hour

// storyEntry is one mention of the story, and when it is said.
type storyEntry struct {
	before  time.Duration // how long before the story's end
	mention bot.Mention
}

// readStory gives the story in order of time: calm days, the events, and the
// reviews; the times count back from its end.
func readStory() ([]storyEntry, error) {
	calm, err := readLines("story/calm.tsv", 5)
	if err != nil {
		return nil, err
	}
	events, err := readLines("story/events.tsv", 6)
	if err != nil {
		return nil, err
	}
	var all []storyEntry
	for i, f := range calm {
		all = append(all, storyEntry{before: spread(i, len(calm), f[1]), mention: storyMention(f, i)})
	}
	for i, f := range events {
		before, err := time.ParseDuration(f[0])
		if err != nil {
			return nil, fmt.Errorf("story/events.tsv, line %d: %w", i+1, err)
		}
		all = append(all, storyEntry{before: before, mention: storyMention(f[1:], 1000+i)})
	}
	reviews, err := readReviews()
	if err != nil {
		return nil, err
	}
	all = append(all, reviews...)
	sort.SliceStable(all, func(i, j int) bool { return all[i].before > all[j].before })
	linkReposts(all)
	return all, nil
}

// readLive gives what is said while the demo is being watched.
func readLive() ([]bot.Mention, error) {
	lines, err := readLines("story/live.tsv", 5)
	if err != nil {
		return nil, err
	}
	all := make([]bot.Mention, len(lines))
	for i, f := range lines {
		all[i] = storyMention(f, 5000+i)
	}
	return all, nil
}

func readLines(file string, fields int) ([][]string, error) {
	data, err := storyFiles.ReadFile(file)
	if err != nil {
		return nil, fmt.Errorf("read the story: %w", err)
	}
	var lines [][]string
	for i, line := range strings.Split(strings.TrimRight(string(data), "\n"), "\n") {
		f := strings.Split(line, "\t")
		if len(f) != fields {
			return nil, fmt.Errorf("%s, line %d: %d fields, not %d", file, i+1, len(f), fields)
		}
		lines = append(lines, f)
	}
	return lines, nil
}

// spread places the calm mentions over the days, the same way every time: an
// even step, shifted a little by who speaks. The last hours belong to the events.
func spread(i, n int, author string) time.Duration {
	const quiet = 7 * time.Hour
	step := (storyLength - quiet) / time.Duration(n)
	shuffled := (i * 37) % n // neighbours in the file are days apart
	return quiet + time.Duration(n-shuffled)*step - time.Duration(hashOf(author)%uint64(step/2))
}

func hashOf(s string) uint64 {
	h := fnv.New64a()
	_, _ = io.WriteString(h, s) // never fails
	return h.Sum64()
}

// storyMention makes a mention of: source, author, followers, extra, text.
func storyMention(f []string, id int) bot.Mention {
	source, author, extra, words := f[0], f[1], f[3], f[4]
	followers, err := strconv.Atoi(f[2])
	if err != nil || followers == 0 {
		followers = -1
	}
	m := bot.Mention{
		Source: source, Kind: kindOf(source), ExternalID: "story-" + strconv.Itoa(id), Text: words,
		Author: bot.Author{ExternalID: author, Followers: followers},
		Attrs:  map[string]string{},
	}
	switch source {
	case "Mastodon", "Reddit", "Forum":
		m.Author.Handle = author
		host := map[string]string{"Mastodon": "social.example", "Reddit": "reddit.example", "Forum": "forum.larkspur.example"}[source]
		m.Author.URL = "https://" + host + "/@" + author
		m.URL = m.Author.URL + "/" + strconv.Itoa(id)
	case "E-mail":
		m.Author.Email, m.Private = author, true
	default:
		m.Author.Name = author
	}
	switch {
	case strings.HasPrefix(extra, "rt:"):
		m.RepostOf = strings.TrimPrefix(extra, "rt:")
	case strings.HasPrefix(extra, "s"):
		m.Rating = bot.Rating{Value: number(extra[1:]), Of: 10, Survey: true}
		m.Watches, m.Private = []string{"Larkspur"}, true
	case extra != "":
		m.Rating = bot.Rating{Value: number(extra), Of: 5}
	}
	if source == "App Store" || source == "Forum" || source == "E-mail" {
		m.Watches = []string{"Larkspur"} // all that is said there is about Larkspur
	}
	return m
}

func number(s string) float64 {
	f, err := strconv.ParseFloat(s, 64)
	if err != nil {
		return 0
	}
	return f
}

// linkReposts turns the author's name of what is repeated into its id.
func linkReposts(all []storyEntry) {
	last := map[string]string{}
	for i := range all {
		m := &all[i].mention
		if m.RepostOf != "" {
			m.RepostOf = last[m.RepostOf]
			continue
		}
		last[m.Author.Handle] = m.ExternalID
	}
}

// readReviews gives the Wear shop's reviews, spread over the days.
func readReviews() ([]storyEntry, error) {
	f, err := storyFiles.Open("story/reviews.csv")
	if err != nil {
		return nil, fmt.Errorf("read the reviews: %w", err)
	}
	defer f.Close()
	rows, err := csv.NewReader(f).ReadAll()
	if err != nil {
		return nil, fmt.Errorf("read the reviews: %w", err)
	}
	rows = rows[1:]
	step := storyLength / time.Duration(len(rows)+1)
	all := make([]storyEntry, len(rows))
	for i, r := range rows {
		all[i] = storyEntry{before: storyLength - time.Duration(i)*step, mention: bot.Mention{
			Source: "Wear shop", Kind: "shop", ExternalID: r[0], Title: r[3], Text: r[4], Watches: []string{"Larkspur Wear"},
			Author: bot.Author{ExternalID: r[0], Name: "Customer " + strings.TrimPrefix(r[0], "wear-"), Followers: -1},
			Rating: bot.Rating{Value: number(r[1]), Of: 5}, Attrs: map[string]string{"department": r[2]},
		}}
	}
	return all, nil
}

// kindOf is the kind of source that a place of the story would be.
func kindOf(source string) string { return strings.ToLower(strings.ReplaceAll(source, " ", "")) }
