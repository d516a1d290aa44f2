package main

import (
	"fmt"
	"runtime"

	"earshot/bot/analyze/echo"
)

// measureEcho measures how echoes of the bundled story, made by a generator,
// are found among a million other texts. dir is not looked at.
func measureEcho(_ *env, _ string) ([]evalRow, error) {
	story, err := readStory()
	if err != nil {
		return nil, err
	}
	originals := make([]string, len(story))
	for i, s := range story {
		originals[i] = s.mention.Said()
	}
	const others = 1_000_000
	known, asked := echo.Generate(originals, 2)
	before := heapInUse()
	corpus := echo.NewCorpus(known, others, 1)
	size := float64(heapInUse() - before)
	fit := corpus.Judge(asked)
	each := 1 / fastest(len(asked)/20, func(i int) { corpus.Find(asked[20*i].Text) })
	set := "generated from the story, among a million"
	note := fmt.Sprintf("%d echoes, %d complaints of another thing in the same words", fit.Echoes, fit.Others)
	return []evalRow{
		{Set: set, Measure: "precision", Value: fit.Precision, Asked: 0.98, Texts: len(asked), Note: note},
		{Set: set, Measure: "recall", Value: fit.Recall, Asked: 0.95, Texts: fit.Echoes},
		{Set: set, Measure: "milliseconds a text", Value: 1000 * each, Asked: 1, AtMost: true, Texts: len(asked)},
		{Set: set, Measure: "bytes a remembered text", Value: size / (others + float64(len(known))), Asked: 150, AtMost: true},
	}, nil
}

// heapInUse is what is left of the heap after a collection, in bytes.
func heapInUse() uint64 {
	runtime.GC()
	var m runtime.MemStats
	runtime.ReadMemStats(&m)
	return m.HeapAlloc
}
