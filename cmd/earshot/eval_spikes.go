package main

import (
	"fmt"
	"os"
	"path/filepath"
	"strconv"
	"text/tabwriter"

	"earshot/bot"
	"earshot/bot/analyze/spike"
)

// simSeriesDefault is how many series are simulated of each mean, where nobody
// says; a sixth of them in bins of 5 minutes, which take twelve times as long.
const simSeriesDefault = 120

type evalSpikesCmd struct {
	Series   string `help:"CSV with the columns timestamp,value: the count in each bin. With --simulate: how many series." placeholder:"FILE.csv|N"`
	Simulate bool   `help:"Measure the detector on simulated series and print a table."`
	Numenta  string `help:"Score the series of a folder by the rules of the Numenta Anomaly Benchmark; the folder holds them and windows.json." placeholder:"DIR"`
	LeaveOut bool   `help:"With --numenta: choose the detector's figures anew without each series in turn, and score it by them." name:"leave-one-out"`
	Seed     uint64 `default:"1" help:"Of the simulation."`
	JSON     bool   `help:"Print JSON: of --simulate and --numenta."`
}

// Help is shown by --help.
func (evalSpikesCmd) Help() string {
	return `Writes timestamp,value,anomaly_score: 0 to 1, 1 most anomalous; from 0.5 on the bot would open a
spike. Each row is scored from the rows up to it.

Or measures the detector: --simulate counts the false episodes a week in series without a spike, the
bursts that are found (four hours, five times the usual), and those found that come back each week.

Example:
  earshot eval spikes --series counts.csv > scored.csv
  earshot eval spikes --simulate --series 200 --seed 7
  earshot eval spikes --numenta ../data/spikes --leave-one-out`
}

// Run scores and prints.
func (c evalSpikesCmd) Run(e *env) error {
	switch {
	case c.Simulate:
		return c.simulate(e)
	case c.Numenta != "":
		return c.numenta(e)
	case c.Series == "":
		return usageError{bot.Errorf(bot.ErrInvalid, "Say what to score: --series FILE.csv, --simulate or --numenta DIR.")}
	}
	in, closeIn, err := input(e, c.Series)
	if err != nil {
		return err
	}
	defer closeIn()
	rows, rejected, err := spike.ReadSeries(in, c.Series)
	if err != nil {
		return err
	}
	for _, r := range rejected {
		fmt.Fprintf(e.stderr, "%s: %s\n", r.Where, r.Reason)
	}
	if err := spike.EvalSeries(rows); err != nil {
		return err
	}
	return spike.WriteSeries(e.stdout, rows)
}

func (c evalSpikesCmd) simulate(e *env) error {
	series := simSeriesDefault
	if c.Series != "" {
		n, err := strconv.Atoi(c.Series)
		if err != nil || n < 1 || n > 100000 {
			return usageError{bot.Errorf(bot.ErrInvalid, "With --simulate, --series is how many series to simulate: 1 to 100000, not %q.", c.Series)}
		}
		series = n
	}
	all := simulateAll(e, series, max(1, series/6), c.Seed)
	if c.JSON {
		return e.printJSON(all)
	}
	t := tabwriter.NewWriter(e.stdout, 0, 4, 2, ' ', 0)
	fmt.Fprintln(t, "MEAN AN HOUR\tBINS\tFALSE A WEEK\tx5 FOR 4 H FOUND\tTHE SAME EVERY WEEK\tSERIES\tBURSTS\t")
	for _, s := range all {
		fmt.Fprintf(t, "%g\t%d min\t%.2f\t%.1f %%\t%.1f %%\t%d\t%d\t\n", s.Mean, s.Minutes, s.FalseWeekly, 100*s.Found, 100*s.Weekly, s.Series, s.Bursts)
	}
	return t.Flush()
}

// simulateAll measures every mean in both lengths of bins.
func simulateAll(e *env, hourly, fine int, seed uint64) []spike.Simulated {
	p := newProgress(e.stderr)
	defer p.done()
	means := []float64{0.2, 1, 5, 20}
	var all []spike.Simulated
	for _, bins := range []struct{ minutes, series int }{{60, hourly}, {5, fine}} {
		for _, mean := range means {
			before := float64(len(all))
			all = append(all, spike.Simulate(mean, bins.minutes, bins.series, seed, func(done int) {
				share := (before + float64(done)/float64(bins.series)) / float64(2*len(means))
				p.show(share, "simulating %g an hour in bins of %d minutes", mean, bins.minutes)
			}))
		}
	}
	return all
}

// numentaTable is what --numenta prints.
type numentaTable struct {
	Series  []spike.NumentaScore `json:"series"`
	Score   float64              `json:"score"`         // of all together; with --leave-one-out the mean of the series
	Found   int                  `json:"found"`         // windows
	Missed  int                  `json:"missed"`        // windows
	False   int                  `json:"false"`         // points
	LeftOut bool                 `json:"leave_one_out"` // each series was scored by figures chosen without it
}

func (c evalSpikesCmd) numenta(e *env) error {
	series, err := readLabelled(c.Numenta)
	if err != nil {
		return err
	}
	t, err := scoreNumenta(e, series, c.LeaveOut)
	if err != nil {
		return err
	}
	if c.JSON {
		return e.printJSON(t)
	}
	w := tabwriter.NewWriter(e.stdout, 0, 4, 2, ' ', 0)
	fmt.Fprintln(w, "SERIES\tSCORE\tFOUND\tMISSED\tFALSE POINTS\t")
	for _, s := range append(t.Series, spike.NumentaScore{Name: "all", Score: t.Score, Found: t.Found, Missed: t.Missed, False: t.False}) {
		fmt.Fprintf(w, "%s\t%.1f\t%d\t%d\t%d\t\n", s.Name, s.Score, s.Found, s.Missed, s.False)
	}
	return w.Flush()
}

// scoreNumenta scores series with the fixed figures, or each by those that are
// chosen without it.
func scoreNumenta(e *env, series []spike.Labelled, leaveOut bool) (numentaTable, error) {
	if !leaveOut {
		each, all, err := spike.Numenta(series)
		return numentaTable{each, all.Score, all.Found, all.Missed, all.False, false}, err
	}
	p := newProgress(e.stderr)
	defer p.done()
	each, mean, err := spike.LeaveOneOut(series, func(share float64) { p.show(share, "choosing without each series") })
	t := numentaTable{Series: each, Score: mean, LeftOut: true}
	for _, s := range each {
		t.Found, t.Missed, t.False = t.Found+s.Found, t.Missed+s.Missed, t.False+s.False
	}
	return t, err
}

// readLabelled reads the series that windows.json of a folder names.
func readLabelled(dir string) ([]spike.Labelled, error) {
	open := func(name string, read func(f *os.File) error) error {
		f, err := os.Open(filepath.Join(dir, name))
		if err != nil {
			return bot.Errorf(bot.ErrInvalid, "Cannot read %s: %v", filepath.Join(dir, name), err)
		}
		defer f.Close()
		return read(f)
	}
	var all []spike.Labelled
	err := open("windows.json", func(f *os.File) (err error) {
		all, err = spike.ReadWindows(f)
		return err
	})
	for i := range all {
		if err != nil {
			return nil, err
		}
		err = open(all[i].File(), func(f *os.File) error {
			rows, rejected, err := spike.ReadSeries(f, all[i].File())
			if len(rejected) > 0 {
				return bot.Errorf(bot.ErrInvalid, "%s: %s", rejected[0].Where, rejected[0].Reason)
			}
			all[i].Rows = rows
			return err
		})
	}
	return all, err
}
