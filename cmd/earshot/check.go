package main

import (
	"context"
	"errors"
	"fmt"
	"net/http"
	"slices"
	"time"

	"earshot/bot"
	"earshot/bot/source/community"
)

type checkCmd struct {
	Config string `help:"The configuration file." default:"earshot.yaml" short:"c" placeholder:"FILE"`
	Live   bool   `help:"Only ask whether the bot runs: for a container's health check."`
	Audit  bool   `help:"Only verify the audit log: that no line was changed, taken out or put in."`
	Head   string `help:"With --audit: the head that an earlier check printed, or the log has." placeholder:"LINE:HASH"`
	JSON   bool   `help:"Print JSON."`
}

// Help is shown by --help.
func (checkCmd) Help() string {
	return `Exits with 1 when something has to be mended.

Examples:
  earshot check --config earshot.yaml
  earshot check --audit --head 1042:9f2c…`
}

// checkFor is how long one credential may take to try.
const checkFor = 20 * time.Second

// errFindings says that findings were printed.
var errFindings = errors.New("something has to be mended")

// Run tries everything.
func (c checkCmd) Run(e *env) error {
	hub := community.NewHub(time.Now)
	cfg, err := readConfig(c.Config, e.getenv, drivers(hub))
	if err != nil {
		return err
	}
	if c.Live {
		return live(e.ctx, cfg)
	}
	if c.Audit || c.Head != "" {
		return c.audited(e, cfg)
	}
	a, err := newApp(e.ctx, cfg, parts{log: e.logger("error", false), now: time.Now, stdin: e.stdin, hub: hub, drivers: drivers(hub), platforms: platforms})
	if err != nil {
		return err
	}
	findings := []bot.Finding{{OK: true, What: "Configuration: " + c.Config + " is valid"}}
	findings = slices.Concat(findings, exposed(c.Config, e.getenv, drivers(hub)), a.findings(e.ctx))
	if err := a.close(); err != nil {
		return err
	}
	if c.JSON {
		err = e.printJSON(findings)
	} else {
		printFindings(e, findings)
	}
	if err == nil && slices.ContainsFunc(findings, func(f bot.Finding) bool { return !f.OK }) {
		return errFindings
	}
	return err
}

func printFindings(e *env, findings []bot.Finding) {
	for _, f := range findings {
		mark := "ok  "
		if !f.OK {
			mark = "MEND"
		}
		e.printf("%s  %s\n", mark, f.What)
		if f.Mend != "" {
			e.printf("      %s\n", f.Mend)
		}
	}
}

// findings tries the store, the sources and the platforms, and tells what the
// threshold of flagging buys.
func (a *app) findings(ctx context.Context) []bot.Finding {
	all, err := a.store.Check(ctx)
	if err != nil {
		all = append(all, bot.Finding{What: "Store: " + bot.Told(err), Mend: "Restore the last backup, or ask for help with the message above."})
	}
	if due, oldest, parked, err := a.store.Backlog(ctx); err == nil && parked > 0 {
		all = append(all, bot.Finding{What: fmt.Sprintf("Deliveries: %d are parked, %d are due", parked, due), Mend: "Type /voc deliveries and decide each."})
	} else if err == nil && due > 0 {
		all = append(all, bot.Finding{OK: true, What: fmt.Sprintf("Deliveries: %d are due, the oldest since %s", due, oldest.Format(time.RFC3339))})
	}
	all = append(all, a.retentionFindings(ctx)...)
	all = append(all, a.cfg.flagging())
	all = append(all, a.auditFindings(ctx)...)
	list, err := a.entries()
	if err != nil {
		all = append(all, bot.Finding{What: "Sources: " + message(err), Mend: "Mend the settings of that source in the configuration."})
	}
	for _, entry := range list {
		all = append(all, tryOne(ctx, "Source "+entry.Name, entry.Source)...)
	}
	for name, p := range a.platforms {
		all = append(all, tryOne(ctx, "Platform "+name, p)...)
	}
	return append(all, a.tryModels(ctx)...)
}

// tryOne checks a source or platform that can check itself.
func tryOne(ctx context.Context, what string, thing any) []bot.Finding {
	checker, ok := thing.(bot.Checker)
	if !ok {
		return []bot.Finding{{OK: true, What: what + ": its settings are valid"}}
	}
	bounded, cancel := context.WithTimeout(ctx, checkFor)
	defer cancel()
	found := checker.Check(bounded)
	for i := range found {
		found[i].What = what + ": " + found[i].What
	}
	return found
}

// live asks the running bot whether it is there.
func live(ctx context.Context, cfg *config) error {
	addr := cfg.HTTP.Addr + "/livez"
	switch {
	case cfg.HTTP.Addr == "" && cfg.Admin.Addr != "":
		addr = cfg.Admin.Addr + "/livez"
	case cfg.HTTP.Addr == "":
		addr = cfg.Console.Addr + "/"
	}
	bounded, cancel := context.WithTimeout(ctx, 3*time.Second)
	defer cancel()
	req, err := http.NewRequestWithContext(bounded, http.MethodGet, "http://"+addr, nil)
	if err != nil {
		return fmt.Errorf("ask whether the bot runs: %w", err)
	}
	client := &http.Client{CheckRedirect: func(*http.Request, []*http.Request) error { return http.ErrUseLastResponse }}
	res, err := client.Do(req)
	if err != nil {
		return &bot.Error{Kind: bot.ErrUnavailable, Msg: "The bot does not answer on " + addr + ".", Err: err}
	}
	defer res.Body.Close()
	if res.StatusCode >= http.StatusInternalServerError {
		return bot.Errorf(bot.ErrUnavailable, "The bot answers %s.", res.Status)
	}
	return nil
}
