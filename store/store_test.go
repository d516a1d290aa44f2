package store

import (
	"context"
	"maps"
	"path/filepath"
	"testing"
	"time"

	"earshot/bot"
)

func day(d, h, m int) time.Time { return time.Date(2026, 3, d, h, m, 0, 0, time.UTC) }

// open makes a store in a folder of the test's own.
func open(t testing.TB, change ...func(*Options)) *Store {
	t.Helper()
	o := Options{Path: filepath.Join(t.TempDir(), "earshot.db"), Now: func() time.Time { return day(10, 12, 0) }, Sync: SyncNormal}
	for _, c := range change {
		c(&o)
	}
	s, err := Open(context.Background(), o)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		if err := s.Close(); err != nil {
			t.Error(err)
		}
	})
	return s
}

// said is a mention with a verdict, ready to be stored.
func said(id, handle, words string) bot.Heard {
	return bot.Heard{
		Mention: bot.Mention{
			Source: "masto", Kind: "mastodon", ExternalID: id, Text: words, Watches: []string{"larkspur"},
			Author:    bot.Author{ExternalID: "u-" + handle, Handle: handle, Followers: 12},
			CreatedAt: day(10, 10, 4), SeenAt: day(10, 10, 5),
		},
		Verdict: bot.Verdict{
			Label: bot.Negative, Probs: bot.Probs{Negative: 0.94, Neutral: 0.04, Positive: 0.02}, Confidence: 0.94, Flagged: true,
			Language: "en", LangConf: 0.99, Voice: bot.FirstHand, VoiceConf: 0.8, Stance: bot.Detractor, Model: "linear-1",
			Topics:  []bot.TopicHit{{Name: "firmware", Label: bot.Negative, Confidence: 0.9, Words: "update"}},
			Intents: []bot.IntentHit{{Name: bot.Complaint, Confidence: 0.7}},
			Urgency: bot.Urgency{Level: bot.UrgencyHigh, Points: 6, Reasons: []string{"smoke or fire is mentioned"}},
		},
		Hash: 1<<63 + 7,
	}
}

// save stores mentions and gives what came of it.
func save(t testing.TB, s *Store, heard ...bot.Heard) []bot.Saved {
	t.Helper()
	saved, err := s.SaveHeard(t.Context(), heard)
	if err != nil {
		t.Fatal(err)
	}
	return saved
}

// must gives the value of a call that may not fail.
func must[T any](v T, err error) func(testing.TB) T {
	return func(t testing.TB) T {
		t.Helper()
		if err != nil {
			t.Fatal(err)
		}
		return v
	}
}

// kind fails the test unless err is a bot.Error of this kind.
func kind(t testing.TB, err error, want bot.ErrorKind) {
	t.Helper()
	if got := bot.KindOf(err); got != want {
		t.Fatalf("error %v is of kind %q, want %q", err, got, want)
	}
}

func TestOpenPaths(t *testing.T) {
	for _, name := range []string{"plain.db", "with space.db", "q?mode=memory.db", "hash#1.db", "100%25.db", "ünï \"quoted\".db"} {
		t.Run(name, func(t *testing.T) {
			path := filepath.Join(t.TempDir(), "a folder?#%", name)
			s := open(t, func(o *Options) { o.Path = path })
			save(t, s, said("1", "ann", "hello"))
			ro := open(t, func(o *Options) { o.Path, o.ReadOnly = path, true })
			if _, err := ro.FindMention(t.Context(), "masto", "1"); err != nil {
				t.Fatal(err)
			}
			if found, err := filepath.Glob(filepath.Join(filepath.Dir(filepath.Dir(path)), "*", "*.db")); err != nil || len(found) != 1 || found[0] != path {
				t.Fatalf("files %q, %v; want %q alone", found, err, path)
			}
		})
	}
}

// suite is what a store must do, whatever engine it runs on: each test gets an
// empty one.
func suite() map[string]func(*testing.T, *Store) {
	return map[string]func(*testing.T, *Store){
		"new, duplicate, edited":       testOutcomes,
		"a mention comes back as said": testRoundTrip,
		"late copies":                  testLate,
		"withdrawn":                    testWithdrawn,
		"urgency of an author":         testSaveUrgency,
		"anonymous authors":            testAnonymous,
		"authors are kept up to date":  testAuthors,
		"days that are behind":         testDirtyDays,
		"a day is read twice":          testDayReadTwice,
		"events and hashes":            testEvents,
		"mentions are found":           testSearch,
		"many hold the words":          testManyHold,
		"letters and signs":            testLetters,
		"what cannot be stored":        testUnstorable,
		"mentions one after the other": testReadings,
		"tiers":                        testTiers,
		"customers are linked":         testCustomers,
		"customers are relinked":       testRelink,
		"customers by a person's word": testLinks,
		"customers are found":          testFindCustomers,
		"an erasure takes links":       testEraseLinks,
		"transactions":                 testTransact,
		"authors after a rollback":     testAuthorsRolledBack,
		"panic":                        testPanic,
		"cancelled":                    testCancelled,
		"a case moves on":              testCaseSwap,
		"one winner":                   testOneWinner,
		"inbox":                        testInbox,
		"case filters":                 testCaseFilters,
		"joining a case":               testJoin,
		"dossier":                      testDossier,
		"work done":                    testWorkStats,
		"what came of answers":         testAnswerStats,
		"history":                      testHistory,
		"lessons":                      testLessons,
		"after the commit":             testAfterCommit,
		"replies":                      testReplies,
		"outbox":                       testOutbox,
		"posts":                        testPosts,
		"folds":                        testFolds,
		"notices":                      testNotices,
		"waits":                        testWaits,
		"interactions":                 testInteractions,
		"sources":                      testSources,
		"outages":                      testOutages,
		"backlog":                      testBacklog,
		"spikes":                       testSpikes,
		"snapshots and mutes":          testSnapshots,
		"facts":                        testFacts,
		"a verdict is replaced":        testSaveVerdict,
		"schedules":                    testSchedules,
		"digests":                      testDigests,
		"messages":                     testMessages,
		"check, stats, sweep":          testCheck,
		"an erasure stays":             testEraseStays,
		"nobody is guessed":            testEraseNobody,
		"retention":                    testRetention,
	}
}

// auditSuite is the part of the suite about the audit log.
func auditSuite() map[string]func(*testing.T, *Store) {
	return map[string]func(*testing.T, *Store){
		"audit":                   testAudit,
		"chain of the audit log":  testChain,
		"chain cut with its head": testChainCutWithItsHead,
		"chain goes on":           testChainGoesOn,
		"chain after an erasure":  testChainAfterErasure,
		"chain of many writers":   testChainManyWriters,
	}
}

// replicaSuite is of what processes on one store tell each other by it, and leave
// to each other.
func replicaSuite() map[string]func(*testing.T, *Store) {
	return map[string]func(*testing.T, *Store){
		"what came to a case":  testCasedSince,
		"places in a channel":  testPlaces,
		"refused interactions": testRefusedInteractions,
		"forsaken deliveries":  testForsaken,
		"held deliveries":      testHeld,
		"turns":                testTurns,
	}
}

func TestSuite(t *testing.T) {
	all := suite()
	maps.Copy(all, auditSuite())
	maps.Copy(all, replicaSuite())
	for name, test := range all {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			onBoth(t, func(t *testing.T, open opener) { test(t, open(t)) })
		})
	}
}
