package main

import (
	"fmt"
	"path/filepath"
)

// How much of the simulation is run where everything is measured.
const (
	spikesHourly = 60
	spikesFine   = 20
	spikesSeed   = 1
)

// measureSpikes measures the spike detector: on the benchmark's series in the
// folder spikes of dir, and on simulated ones.
func measureSpikes(e *env, dir string) ([]evalRow, error) {
	series, err := readLabelled(filepath.Join(dir, "spikes"))
	if err != nil {
		return nil, err
	}
	fixed, err := scoreNumenta(e, series, false)
	if err != nil {
		return nil, err
	}
	out, err := scoreNumenta(e, series, true)
	if err != nil {
		return nil, err
	}
	rows := []evalRow{
		{Set: "spikes/*.csv", Measure: "Numenta score at 0.5", Value: fixed.Score, Asked: 84, Texts: len(series)},
		{Set: "spikes/*.csv", Measure: "false points", Value: float64(fixed.False), Asked: 25, AtMost: true, Texts: len(series)},
		{Set: "spikes/*.csv", Measure: "Numenta score, chosen without each in turn, mean", Value: out.Score, Asked: 75, Texts: len(series)},
	}
	found := map[float64]float64{20: 93, 5: 88, 1: 72}
	weekly := map[float64]float64{20: 65, 5: 65, 1: 65}
	for _, s := range simulateAll(e, spikesHourly, spikesFine, spikesSeed) {
		set := fmt.Sprintf("simulated, %g an hour, %d min bins", s.Mean, s.Minutes)
		rows = append(rows, evalRow{Set: set, Measure: "false episodes a week", Value: s.FalseWeekly, Asked: 0.4, AtMost: true, Texts: s.Series},
			evalRow{Set: set, Measure: "x5 for 4 h found, %", Value: 100 * s.Found, Asked: found[s.Mean], Texts: s.Bursts},
			evalRow{Set: set, Measure: "the same every week found, %", Value: 100 * s.Weekly, Asked: weekly[s.Mean], Texts: s.Series})
	}
	return rows, nil
}
