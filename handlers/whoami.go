package handlers

import (
	"context"

	"earshot/bot"
)

func whoami() Command {
	return Command{Name: "whoami", Group: groupRun, Usage: "whoami", What: "see your role and what it allows", Run: runWhoami}
}

func runWhoami(_ context.Context, r *Request) (bot.Answer, error) {
	may := map[bot.Role]string{
		bot.NoRole:    "see and do nothing yet",
		bot.Viewer:    "read cases, digests and lists",
		bot.Responder: "write replies, which wait for an approver",
		bot.Agent:     "claim, answer, resolve, dismiss, snooze and escalate",
		bot.Approver:  "do all of that, release replies that wait, and assign cases",
		bot.Admin:     "do everything",
	}[r.Role]
	blocks := []bot.Block{
		bot.Line(bot.Who(r.In.By), bot.Plain(": "), bot.Strong(r.Role.String()), bot.Plain(". You can "+may+".")),
		bot.Line(bot.Plain("In the roles of the configuration you are " + r.In.By.Key() + ".")),
	}
	if r.Role == bot.NoRole {
		blocks = append(blocks, hint("Ask an admin to add you there."))
	} else {
		blocks = append(blocks, hint("/voc help lists what you can do."))
	}
	return told(bot.View{Notice: "You are " + r.Role.String(), Blocks: blocks})
}
