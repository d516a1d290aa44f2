package handlers

import (
	"context"
	"fmt"
	"slices"

	"earshot/bot"
	"earshot/bot/card"
	"earshot/bot/text"
)

// deliveriesMost is how many parked deliveries one answer holds.
const deliveriesMost = 5

func deliveries() Command {
	return Command{Name: "deliveries", Group: groupRun, Usage: "deliveries", What: "see what waits to go out", Role: bot.Admin, Run: runDeliveries}
}

func runDeliveries(ctx context.Context, r *Request) (bot.Answer, error) {
	due, oldest, parked, err := r.d.Store.Backlog(ctx)
	if err != nil {
		return bot.Answer{}, err
	}
	if due == 0 && parked == 0 {
		return empty("Nothing waits to go out.", "Cards, notes and replies appear here while a platform or source cannot take them. /voc sources shows how each source is.")
	}
	line := []bot.Span{bot.Plain("Nothing waits to go out")}
	if due > 0 {
		line = []bot.Span{bot.Plain(counted(due, "delivery waits", "deliveries wait") + " to go out, the oldest due "), bot.At(oldest, bot.TimeRelative)}
	}
	if parked > 0 {
		line = append(line, bot.Plain("; "+counted(parked, "is parked", "are parked")))
	}
	line = append(line, bot.Plain("."))
	v := bot.View{Notice: "Deliveries", Blocks: []bot.Block{bot.Line(line...)}}
	waits, err := r.waits(ctx)
	if err != nil {
		return bot.Answer{}, err
	}
	v.Blocks = append(v.Blocks, waits...)
	list, err := r.d.Store.Deliveries(ctx, []bot.DeliveryState{bot.DeliveryParked}, deliveriesMost)
	if err != nil {
		return bot.Answer{}, err
	}
	for _, d := range list {
		where := d.Channel
		if where == "" {
			where = "the customer"
		}
		v.Blocks = append(v.Blocks, bot.Line(bot.Strong(fmt.Sprintf("%s %d for %s", d.Kind, d.Target, where)), bot.Plain(": "+text.CutWords(text.OneLine(d.Error), 150))))
		if d.Kind != bot.DeliverReply {
			drop := button("Drop it", "delivery.drop", d.ID)
			drop.Style, drop.Confirm = bot.ButtonDanger, "It will not be shown. Drop it?"
			v.Blocks = append(v.Blocks, actions(button("Try again", "delivery.again", d.ID), drop))
		}
	}
	if parked > len(list) {
		v.Blocks = append(v.Blocks, hint("These are the first %d.", len(list)))
	}
	if parked > 1 && slices.ContainsFunc(list, func(d bot.Delivery) bool { return d.Kind != bot.DeliverReply }) {
		v.Blocks = append(v.Blocks, actions(button("Try all again", "delivery.all", 0)))
	}
	if parked > 0 {
		v.Blocks = append(v.Blocks, hint("A parked reply is settled on the card of its case."))
	}
	return told(v)
}

// counted is a number with the words that fit it.
func counted(n int, one, more string) string {
	if n == 1 {
		return "1 " + one
	}
	return card.Thousands(n) + " " + more
}

// waitsLook is how many of the deliveries that wait longest are looked at for
// what they wait for.
const waitsLook = 500

// waits says of each kind of delivery and place how many wait there, and what
// the first of them met with last.
func (r *Request) waits(ctx context.Context) ([]bot.Block, error) {
	list, err := r.d.Store.Deliveries(ctx, []bot.DeliveryState{bot.DeliveryDue, bot.DeliverySending, bot.DeliveryUncertain}, waitsLook)
	if err != nil {
		return nil, err
	}
	type place struct {
		kind  bot.DeliveryKind
		where string
	}
	var order []place
	counts, why := map[place]int{}, map[place]string{}
	for _, d := range list {
		if d.Error == "" && d.DueAt.After(r.d.Now()) {
			continue // it is not its time yet: a reply that can be undone
		}
		p := place{d.Kind, d.Platform + " " + d.Channel}
		if d.Platform == "" {
			p.where = "the customer"
		}
		if counts[p]++; counts[p] == 1 {
			order = append(order, p)
		}
		if why[p] == "" {
			why[p] = d.Error
		}
	}
	var rows []bot.Row
	for _, p := range order[:min(len(order), deliveriesMost)] {
		words := fmt.Sprint(counts[p])
		if why[p] != "" {
			words += ": " + text.CutWords(text.OneLine(why[p]), 120)
		}
		rows = append(rows, bot.Row{Label: text.Cut(string(p.kind)+" for "+p.where, nameLength), Spans: []bot.Span{bot.Plain(words)}})
	}
	if len(rows) == 0 {
		return nil, nil
	}
	return []bot.Block{{Kind: bot.BlockRows, Rows: rows}}, nil
}

func pressDeliveryAgain(ctx context.Context, r *Request) (bot.Answer, error) {
	if err := r.once(ctx, func(ctx context.Context) error { return r.d.Act.Retry(ctx, r.In.Action.Target, r.In.By) }); err != nil {
		return bot.Answer{}, err
	}
	return say("It is tried again now. /voc deliveries shows what is left.")
}

func pressDeliveryAll(ctx context.Context, r *Request) (bot.Answer, error) {
	n := 0
	err := r.once(ctx, func(ctx context.Context) (err error) {
		n, err = r.d.Act.RetryAll(ctx, r.In.By)
		return err
	})
	if err != nil {
		return bot.Answer{}, err
	}
	return say("%d are tried again now. /voc deliveries shows what is left.", n)
}

func pressDeliveryDrop(ctx context.Context, r *Request) (bot.Answer, error) {
	if err := r.once(ctx, func(ctx context.Context) error { return r.d.Act.Drop(ctx, r.In.Action.Target, r.In.By) }); err != nil {
		return bot.Answer{}, err
	}
	return say("Dropped. /voc deliveries shows what is left.")
}
