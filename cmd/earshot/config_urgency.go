package main

import (
	"fmt"
	"sort"

	"earshot/bot/analyze"
	"earshot/bot/relate"
)

// urgencyConfig is what hurries: the points of each reason, which are added,
// and from how many a case is of which level. What is left out is as usual.
type urgencyConfig struct {
	Safety       *int           `yaml:"safety" doc:"Fire, shock, injury, danger or illness is mentioned; 60."`
	Legal        *int           `yaml:"legal" doc:"Law, an authority, fraud or data is mentioned; 35."`
	Churn        *int           `yaml:"churn" doc:"Says they leave, or never come again; 25."`
	VeryNegative *int           `yaml:"very_negative" doc:"Surely negative; 15."`
	Complaint    *int           `yaml:"complaint" doc:"A complaint that is not very negative; 10."`
	Waiting      *int           `yaml:"waiting" doc:"Says that nobody has answered; 10."`
	Repeated     *int           `yaml:"repeated" doc:"Says that it is not the first time; 5."`
	Asks         *int           `yaml:"asks" doc:"A question or request; 10."`
	LowRating    *int           `yaml:"low_rating" doc:"One or two stars of five; 5."`
	Old          *int           `yaml:"old" doc:"Was a day old when it was heard; 5."`
	Reach        []reachConfig  `yaml:"reach" doc:"By followers, where there is something to answer: 100000 are 40, 10000 are 20, 1000 are 5."`
	Tiers        map[string]int `yaml:"tiers" doc:"By the tier of a known customer: vip, platinum 20, gold, enterprise 15, silver 5. Written here, these alone count."`
	Levels       levelsConfig   `yaml:"levels" doc:"From how many points on a case is of which level."`
}

type reachConfig struct {
	Followers int `yaml:"followers"`
	Points    int `yaml:"points"`
}

type levelsConfig struct {
	Normal *int `yaml:"normal" doc:"10."`
	High   *int `yaml:"high" doc:"30."`
	Urgent *int `yaml:"urgent" doc:"60."`
}

// urgency is what analysis adds up.
func (c *config) urgency() analyze.Urgency {
	u := analyze.DefaultUrgency()
	g := c.Urgency
	for _, x := range []struct {
		into *int
		said *int
	}{
		{&u.Safety, g.Safety}, {&u.Legal, g.Legal}, {&u.Churn, g.Churn}, {&u.VeryNegative, g.VeryNegative}, {&u.Complaint, g.Complaint},
		{&u.Waiting, g.Waiting}, {&u.Repeated, g.Repeated}, {&u.Asks, g.Asks}, {&u.LowRating, g.LowRating}, {&u.Old, g.Old},
		{&u.Normal, g.Levels.Normal}, {&u.High, g.Levels.High}, {&u.Critical, g.Levels.Urgent},
	} {
		if x.said != nil {
			*x.into = *x.said
		}
	}
	if g.Reach != nil {
		u.Reach = nil
		for _, r := range g.Reach {
			u.Reach = append(u.Reach, analyze.Reach{Followers: r.Followers, Points: r.Points})
		}
		sort.SliceStable(u.Reach, func(i, j int) bool { return u.Reach[i].Followers > u.Reach[j].Followers })
	}
	return u
}

// tiers is what a known customer's tier adds.
func (c *config) tiers() map[string]int {
	if c.Urgency.Tiers != nil {
		return c.Urgency.Tiers
	}
	return relate.UsualTiers()
}

// maxPoints is the most that one reason or level may say; it keeps sums small.
const maxPoints = 1000

// urgency says what is wrong with the points.
func (k checker) urgency() {
	u := k.c.urgency()
	points := map[string]int{
		"safety": u.Safety, "legal": u.Legal, "churn": u.Churn, "very_negative": u.VeryNegative, "complaint": u.Complaint, "waiting": u.Waiting,
		"repeated": u.Repeated, "asks": u.Asks, "low_rating": u.LowRating, "old": u.Old,
		"levels.normal": u.Normal, "levels.high": u.High, "levels.urgent": u.Critical,
	}
	for tier, p := range k.c.tiers() {
		points["tiers."+tier] = p
	}
	for i, r := range k.c.Urgency.Reach {
		points[fmt.Sprintf("reach[%d].points", i)] = r.Points
		if r.Followers < 1 {
			k.wrong(fmt.Sprintf("urgency.reach[%d].followers", i), "must be 1 or more")
		}
	}
	for path, p := range points {
		if p < 0 || p > maxPoints {
			k.wrong("urgency."+path, "is a number of points: from 0 to %d", maxPoints)
		}
	}
	if u.Normal < 1 || u.Normal >= u.High || u.High >= u.Critical {
		k.wrong("urgency.levels", "must rise: normal (%d) from 1 on, then high (%d), then urgent (%d)", u.Normal, u.High, u.Critical)
	}
}
