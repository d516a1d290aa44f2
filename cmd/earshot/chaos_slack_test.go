package main

import (
	"context"
	"fmt"
	"math/rand/v2"
	"slices"
	"strings"
	"time"

	"earshot/bot"
)

// button is what a button or a menu's choice of a fake message carries.
type button struct {
	bot.ActionID
	label, id string
}

// buttonsOf lists the buttons and choices of Slack blocks.
func buttonsOf(blocks string) []button {
	var all []button
	each(decoded(blocks), func(o map[string]any) {
		value, _ := o["value"].(string)
		action, err := bot.ParseActionID(value)
		if err != nil {
			return
		}
		text, _ := o["text"].(map[string]any)
		label, _ := text["text"].(string)
		id, _ := o["action_id"].(string)
		all = append(all, button{ActionID: action, label: label, id: id})
	})
	return all
}

// slackCard is a post with the button that somebody is about to press.
type slackCard struct {
	post    slackPost
	button  button
	private bool
}

// slackCard picks one of the latest cards that have a button with this label;
// whoever approves sees them all.
func (c *chaos) slackCard(dice *rand.Rand, label string) (slackCard, bool) {
	seen := 12
	if label == "Approve" {
		seen = everything
	}
	var fit []slackCard
	for _, channel := range []string{supportChannel, deskChannel} {
		posts := c.slack.in(channel, "")
		for _, p := range posts[max(0, len(posts)-seen):] {
			if card, ok := withButton(p, label); ok {
				fit = append(fit, card)
			}
		}
	}
	return anyOf(dice, fit)
}

// withButton is a card of ours with the button that has a label.
func withButton(p slackPost, label string) (slackCard, bool) {
	buttons := buttonsOf(p.blocks)
	i := slices.IndexFunc(buttons, func(b button) bool { return b.label == label })
	if i < 0 || p.user != slackBot {
		return slackCard{}, false
	}
	return slackCard{post: p, button: buttons[i]}, true
}

// press is the payload of somebody pressing the button of a card.
func (w *workspace) press(user string, on slackCard) map[string]any {
	w.mu.Lock()
	defer w.mu.Unlock()
	w.serial++
	trigger := fmt.Sprintf("trigger-%d", w.serial)
	kind := "message"
	return map[string]any{"type": "block_actions", "trigger_id": trigger, "response_url": w.url() + "/respond/" + user + "/" + trigger, "team": map[string]any{"id": "T0"},
		"user": map[string]any{"id": user, "name": strings.ToLower(user)}, "channel": map[string]any{"id": on.post.channel},
		"container": map[string]any{"type": kind, "message_ts": on.post.ts, "channel_id": on.post.channel, "is_ephemeral": on.private},
		"message":   map[string]any{"type": kind, "ts": on.post.ts, "user": slackBot},
		"actions":   []any{map[string]any{"type": "button", "action_id": on.button.id, "block_id": "b", "value": on.button.ActionID.String(), "action_ts": w.ts()}}}
}

// command is the payload of somebody typing "/voc".
func (w *workspace) command(user, text string) map[string]any {
	w.mu.Lock()
	defer w.mu.Unlock()
	w.serial++
	trigger := fmt.Sprintf("trigger-%d", w.serial)
	return map[string]any{"command": "/voc", "text": text, "user_id": user, "user_name": strings.ToLower(user), "channel_id": supportChannel,
		"trigger_id": trigger, "response_url": w.url() + "/respond/" + user + "/" + trigger, "team_id": "T0"}
}

// modal waits for the form that a trigger opened; nil when none comes.
func (w *workspace) modal(ctx context.Context, trigger string, within time.Duration) map[string]any {
	ctx, cancel := context.WithTimeout(ctx, within)
	defer cancel()
	for {
		w.mu.Lock()
		view := w.modals[trigger]
		w.mu.Unlock()
		if view != nil && formName(view) != "" {
			view["id"] = "V" + trigger
			return view
		}
		if ctx.Err() != nil {
			return nil
		}
		pause(ctx, 20*time.Millisecond)
	}
}

// formName is what sending a form does; "" for a note.
func formName(view map[string]any) string { return formAction(view).Name }

// formAction is what sending a form does; zero for one that cannot be sent.
func formAction(view map[string]any) bot.ActionID {
	id, _ := view["callback_id"].(string)
	action, err := bot.ParseActionID(id)
	if err != nil {
		return bot.ActionID{}
	}
	return action
}

// submission is the payload of somebody sending a form: what stands in it, and
// values.
func (w *workspace) submission(user string, view map[string]any, values map[string]string) map[string]any {
	w.mu.Lock()
	defer w.mu.Unlock()
	w.serial++
	state := map[string]any{}
	blocks, _ := view["blocks"].([]any)
	for _, raw := range blocks {
		block, _ := raw.(map[string]any)
		element, _ := block["element"].(map[string]any)
		id, _ := block["block_id"].(string)
		name, isField := strings.CutPrefix(id, "field:")
		if !isField {
			continue
		}
		value, given := values[name]
		if initial, ok := element["initial_value"].(string); !given && ok {
			value = initial
		}
		entry := map[string]any{"type": element["type"], "value": value}
		if option, ok := element["initial_option"]; ok {
			entry = map[string]any{"type": element["type"], "selected_option": option}
		}
		state[id] = map[string]any{"v": entry}
	}
	sent := map[string]any{"id": view["id"], "type": "modal", "hash": fmt.Sprintf("hash-%d", w.serial), "callback_id": view["callback_id"],
		"private_metadata": view["private_metadata"], "blocks": blocks, "title": view["title"], "submit": view["submit"], "state": map[string]any{"values": state}}
	return map[string]any{"type": "view_submission", "trigger_id": fmt.Sprintf("trigger-%d", w.serial), "team": map[string]any{"id": "T0"},
		"user": map[string]any{"id": user, "name": strings.ToLower(user)}, "view": sent}
}
