package email

import "earshot/bot"

// asks is what `earshot init` asks.
func asks() []bot.SetupQuestion {
	return []bot.SetupQuestion{
		{Key: "server", Ask: "Which IMAP server, as imap.example.com?"},
		{Key: "user", Ask: "Which user, most often the mailbox's address?"},
		{Key: "password", Ask: "The password of the mailbox", Secret: "EMAIL_PASSWORD"},
		{Key: "address", Ask: "Who answers, as Larkspur Support <support@larkspur.example>?", Usual: "the user"},
		{Key: "smtp_server", Ask: "Which server sends the answers, as smtp.example.com?", Usual: "nobody is answered"},
		{Key: "ours", Ask: "Which further addresses or domains are yours, as @larkspur.example?", List: true, Usual: "none"},
		{Key: "watch", Ask: "Which watch do all letters belong to?", Usual: "those that name it"},
	}
}

// guide is what to create at the service.
const guide = `1. Use a mailbox of your own, as support@larkspur.example, not a person's. Earshot marks nothing as read, moves nothing and deletes nothing: people can go on working in it.
2. Make a password for Earshot alone, and set it as EMAIL_PASSWORD.
   - Google Workspace: turn on two-step verification, then make one at <https://myaccount.google.com/apppasswords>; server imap.gmail.com, smtp_server smtp.gmail.com, sent: server.
   - Fastmail, mailbox.org, Zoho and others: an app password for IMAP and SMTP.
   - Microsoft 365 takes no passwords any more: register an application in Entra with IMAP.AccessAsApp (and SMTP.SendAsApp to answer), let an administrator consent and give its service principal FullAccess to this mailbox alone (Add-MailboxPermission), and write ` + "`oauth: {token_url, client_id, client_secret, scope}`" + `; server outlook.office365.com, smtp_server smtp.office365.com, sent: server.
3. Set watch, as letters to you seldom name you; set ours to your domain.
4. To answer, set smtp_server. Your domain's SPF and DKIM must allow that server, or answers land among the spam.

An answer whose fate is unknown is looked for in the folder of sent letters before it is sent again. With sent: server it is found for certain; with append or none a person decides. A relay that writes Message-IDs of its own, as Amazon SES does, breaks this and the threads: use the mailbox's own server.
It costs nothing beyond the mailbox. Attachments are named, never opened. A server on a private network must be listed under network.allow.`
