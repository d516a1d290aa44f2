package intake_test

import (
	"context"
	"errors"
	"fmt"
	"sync"
	"testing"

	"earshot/bot"
	"earshot/bot/intake"
	"earshot/store"
	"earshot/store/storetest"
)

// twoRigs are two replicas on one database that have begun to listen.
func twoRigs(t *testing.T) (one, two *rig) {
	t.Helper()
	where := store.Options{URL: bot.Secret(storetest.Postgres(t).Empty(t))}
	one, two = newRigOn(t, where), newRigOn(t, where)
	two.state.Name = "hooks"
	for _, r := range []*rig{one, two} {
		if err := r.CatchUp(t.Context()); err != nil {
			t.Fatal(err)
		}
	}
	return one, two
}

// TestEchoesBesideEachOther: what repeats a complaint that another replica has
// just made a case of joins that case, whichever way the case came about.
func TestEchoesBesideEachOther(t *testing.T) {
	by := bot.Person{Platform: "slack", ID: "U1", Name: "Ana"}
	for name, opens := range map[string]func(t *testing.T, one, two *rig) error{
		"heard": func(t *testing.T, one, _ *rig) error {
			return one.Ingest(t.Context(), one.state, bot.Batch{Mentions: []bot.Mention{one.said("hilda", burnt)}})
		},
		"pointed at": func(t *testing.T, one, _ *rig) error {
			_, _, err := one.MakeCase(t.Context(), one.said("hilda", burnt), by)
			return err
		},
		"read once again": secondThoughts,
	} {
		t.Run(name, func(t *testing.T) {
			one, two := twoRigs(t)
			if err := opens(t, one, two); err != nil {
				t.Fatal(err)
			}
			if got := two.take(t, two.said("mo", happy), two.said("ellen", "RT @hilda: "+burnt)); got.Opened != 0 || got.Joined != 1 {
				t.Errorf("the other replica: %+v", got)
			}
			if got := one.take(t, one.said("zoe", burnt)); got.Opened != 0 || got.Joined != 1 {
				t.Errorf("the first one: %+v", got)
			}
			if c, err := two.store.Case(t.Context(), 1); err != nil || c.People != 3 {
				t.Errorf("%d people (%v)", c.People, err)
			}
		})
	}
}

// secondThoughts opens a case of a mention that was taken for harmless when it
// was stored, and that the other replica has seen.
func secondThoughts(t *testing.T, one, two *rig) error {
	m := one.said("hilda", burnt)
	m.History = true // it opens nothing by itself
	one.take(t, m)
	r, err := one.store.Mention(t.Context(), 1)
	if err != nil {
		return err
	}
	flagged := r.Verdict
	r.Verdict.Flagged = false
	if err := errors.Join(one.store.SaveVerdict(t.Context(), 1, r.Verdict), two.CatchUp(t.Context())); err != nil {
		return err
	}
	return one.Reconsider(t.Context(), 1, func(bot.Reading) (bot.Verdict, string, bool) { return flagged, "read it again", true })
}

// TestEchoesAtOnce: two replicas hear the same complaints at the same time;
// each is one case.
func TestEchoesAtOnce(t *testing.T) {
	const complaints = 12
	one, two := twoRigs(t)
	opened, joined := make([]int, 2), make([]int, 2)
	var all sync.WaitGroup
	for i, r := range []*rig{one, two} {
		all.Go(func() {
			for n := range complaints {
				words := fmt.Sprintf("My Larkspur order %d is late again, this is a disgrace", n)
				res, err := take(t.Context(), r, r.said(fmt.Sprintf("writer%d-%d", i, n), words))
				if err != nil {
					t.Error(err)
				}
				opened[i], joined[i] = opened[i]+res.Opened, joined[i]+res.Joined
			}
		})
	}
	all.Wait()
	if opened[0]+opened[1] != complaints || joined[0]+joined[1] != complaints {
		t.Errorf("%v cases were opened, %v mentions joined them", opened, joined)
	}
}

func take(ctx context.Context, r *rig, m bot.Mention) (intake.Result, error) {
	return r.Take(ctx, r.state, bot.Batch{Mentions: []bot.Mention{m}})
}

// TestEchoesOfOthersInTime: a replica that hears of nothing learns what the
// others make cases of all the same, once each.
func TestEchoesOfOthersInTime(t *testing.T) {
	one, two := twoRigs(t)
	one.take(t, one.said("hilda", burnt))
	for range 2 {
		if err := two.CatchUp(t.Context()); err != nil {
			t.Fatal(err)
		}
	}
	if n := two.echoes.Len(); n != 1 {
		t.Errorf("%d mentions are remembered, not 1", n)
	}
}
