package handlers

import (
	"context"
	"fmt"

	"earshot/bot"
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
	line := []bot.Span{bot.Plain(fmt.Sprintf("%d wait to go out", due))}
	if due > 0 {
		line = append(line, bot.Plain(", the oldest since "), bot.At(oldest, bot.TimeRelative))
	}
	line = append(line, bot.Plain(fmt.Sprintf("; %d are parked.", parked)))
	v := bot.View{Notice: "Deliveries", Blocks: []bot.Block{bot.Line(line...)}}
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
	v.Blocks = append(v.Blocks, hint("A parked reply is settled on the card of its case."))
	return told(v)
}

func pressDeliveryAgain(ctx context.Context, r *Request) (bot.Answer, error) {
	if err := r.once(ctx, func(ctx context.Context) error { return r.d.Act.Retry(ctx, r.In.Action.Target, r.In.By) }); err != nil {
		return bot.Answer{}, err
	}
	return say("It is tried again now. /voc deliveries shows what is left.")
}

func pressDeliveryDrop(ctx context.Context, r *Request) (bot.Answer, error) {
	if err := r.once(ctx, func(ctx context.Context) error { return r.d.Act.Drop(ctx, r.In.Action.Target, r.In.By) }); err != nil {
		return bot.Answer{}, err
	}
	return say("Dropped. /voc deliveries shows what is left.")
}
