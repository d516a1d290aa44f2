// Package email listens to a shared mailbox by IMAP (RFC 9051 and 3501) and
// answers by SMTP: letters of every form with what is quoted and signed cut
// off, automatic ones told apart, and answers that stand in their thread and
// are sent once.
package email

import (
	"crypto/x509"
	"log/slog"
	"net"
	"net/http"
	"os"
	"slices"
	"strconv"
	"strings"
	"sync"
	"time"

	"earshot/bot"
)

// Settings of a mailbox.
type Settings struct {
	Server     string     `yaml:"server" json:"server" jsonschema:"the IMAP server, as imap.example.com; a port may follow"`
	Encryption string     `yaml:"encryption" json:"encryption,omitempty" jsonschema:"tls (the default), starttls, or none, which shows the password to the network"`
	User       string     `yaml:"user" json:"user" jsonschema:"the user of the mailbox, most often its address"`
	Password   bot.Secret `yaml:"password" json:"password,omitempty" jsonschema:"the mailbox's password, or a password made for Earshot alone"`
	OAuth      *OAuth     `yaml:"oauth" json:"oauth,omitempty" jsonschema:"in place of a password, where the service asks for it, as Microsoft 365 does"`
	Folder     string     `yaml:"folder" json:"folder,omitempty" jsonschema:"the folder that is listened to; INBOX by default"`
	Address    string     `yaml:"address" json:"address,omitempty" jsonschema:"who answers, as Larkspur Support <support@larkspur.example>; by default the user, where it is an address"`
	Ours       []string   `yaml:"ours" json:"ours,omitempty" jsonschema:"further addresses and domains (@larkspur.example) that are ours: what they write is not a customer's word"`
	Watch      string     `yaml:"watch" json:"watch,omitempty" jsonschema:"the watch that all letters belong to; by default the terms of the watches decide"`
	History    int        `yaml:"history_days" json:"history_days,omitempty" jsonschema:"how many days back the first, silent read goes; 30 by default"`
	CAFile     string     `yaml:"ca_file" json:"ca_file,omitempty" jsonschema:"a file of certificates (PEM) that the servers' are signed by, where it is an authority of your own"`

	SMTPServer     string     `yaml:"smtp_server" json:"smtp_server,omitempty" jsonschema:"the server that answers are sent by, as smtp.example.com; a port may follow; without it nobody is answered"`
	SMTPEncryption string     `yaml:"smtp_encryption" json:"smtp_encryption,omitempty" jsonschema:"starttls (the default), tls, or none"`
	SMTPUser       string     `yaml:"smtp_user" json:"smtp_user,omitempty" jsonschema:"by default user; none for a server that asks for no log-in"`
	SMTPPassword   bot.Secret `yaml:"smtp_password" json:"smtp_password,omitempty" jsonschema:"by default password"`
	Sent           string     `yaml:"sent" json:"sent,omitempty" jsonschema:"who files what is sent: append (Earshot does), server (as Gmail and Microsoft 365 do by themselves), or none, the default"`
	SentFolder     string     `yaml:"sent_folder" json:"sent_folder,omitempty" jsonschema:"the folder of sent letters; by default the one that the server calls so"`
}

// The bounds of a mailbox, ours but where a page is named.
const (
	every        = time.Minute
	usualHistory = 30
	mostHistory  = 3650
	maxLetter    = 4 << 20   // bytes of a letter that are read
	batchLetters = 100       // of one read
	batchBytes   = 16 << 20  // of one read
	chunkLetters = 10        // asked for at once
	answerLimit  = 100_000   // characters of an answer
	replyPrefix  = "earshot" // what the ids of our answers begin with, by bot.Reply.Key
)

// Driver describes the kind "email".
func Driver() bot.Driver {
	return bot.Driver{
		Kind:     "email",
		Reads:    "a shared mailbox (IMAP); automatic answers, bounces and lists told apart",
		Answers:  "by e-mail in the same thread (SMTP)",
		Live:     "told at once by IMAP IDLE; else polled every minute",
		Needs:    "an IMAP server, a user and a password or OAuth; an SMTP server to answer",
		Every:    every,
		Settings: func() any { return &Settings{} },
		Asks:     asks(),
		Guide:    guide,
		New:      bot.Configured(newSource),
	}
}

// Source is one mailbox.
type Source struct {
	name  string
	set   Settings
	in    server // IMAP
	out   server // SMTP; no host where nobody is answered
	from  person
	http  *http.Client
	log   *slog.Logger
	now   func() time.Time
	timer func(time.Duration) <-chan time.Time
	roots *x509.CertPool // nil for the system's
	began time.Time
	signs *signs

	mu    sync.Mutex
	tried map[string]time.Time // replies whose fate was unknown, by Key
	grant grant                // of OAuth
}

// server is where a mail server is, and how it is spoken to.
type server struct {
	host       string
	port       int
	encryption string
}

func (s server) addr() string { return net.JoinHostPort(s.host, strconv.Itoa(s.port)) }

func newSource(name string, s Settings, env bot.SourceEnv) (*Source, error) {
	src := &Source{name: name, set: s, http: env.HTTP, log: env.Log, now: env.Now, timer: time.After, tried: map[string]time.Time{}, signs: newSigns()}
	if src.now == nil {
		src.now = time.Now
	}
	if src.log == nil {
		src.log = slog.New(slog.DiscardHandler)
	}
	src.began = src.now()
	if err := src.complete(); err != nil {
		return nil, err
	}
	if s.CAFile != "" {
		pem, err := os.ReadFile(s.CAFile)
		if err != nil {
			return nil, &bot.Error{Kind: bot.ErrInvalid, Msg: "The file of ca_file cannot be read. Check its path and who may read it.", Err: err}
		}
		if src.roots = x509.NewCertPool(); !src.roots.AppendCertsFromPEM(pem) {
			return nil, bot.Errorf(bot.ErrInvalid, "The file of ca_file holds no certificate in the form PEM.")
		}
	}
	return src, nil
}

// complete judges the settings and fills in what is usual.
func (s *Source) complete() error {
	set := &s.set
	var err error
	if s.in, err = serverOf("server", set.Server, "encryption", first(set.Encryption, "tls"), map[string]int{"tls": 993, "starttls": 143, "none": 143}); err != nil {
		return err
	}
	if set.SMTPServer != "" {
		if s.out, err = serverOf("smtp_server", set.SMTPServer, "smtp_encryption", first(set.SMTPEncryption, "starttls"), map[string]int{"tls": 465, "starttls": 587, "none": 25}); err != nil {
			return err
		}
	}
	list := people(first(set.Address, set.User))
	switch {
	case set.User == "":
		return bot.Errorf(bot.ErrInvalid, "Say whose mailbox it is: user is empty.")
	case set.Password == "" && set.OAuth == nil:
		return bot.Errorf(bot.ErrInvalid, "Set the password, as ${EMAIL_PASSWORD}, or oauth.")
	case len(list) != 1:
		return bot.Errorf(bot.ErrInvalid, "The address is no e-mail address. Write it as Larkspur Support <support@larkspur.example>.")
	case set.History < 0 || set.History > mostHistory:
		return bot.Errorf(bot.ErrInvalid, "history_days is %d; it can be 0 to %d.", set.History, mostHistory)
	case set.Sent != "" && set.Sent != "append" && set.Sent != "server" && set.Sent != "none":
		return bot.Errorf(bot.ErrInvalid, "sent is %q; use append, server or none.", set.Sent)
	case strings.ContainsAny(set.Folder+set.SentFolder, "\r\n\x00"):
		return bot.Errorf(bot.ErrInvalid, "The name of a folder is one line.")
	}
	s.from = list[0]
	if set.History == 0 {
		set.History = usualHistory
	}
	set.Folder, set.Sent = first(set.Folder, "INBOX"), first(set.Sent, "none")
	if set.SMTPUser == "" && set.SMTPPassword == "" {
		set.SMTPUser, set.SMTPPassword = set.User, set.Password
	}
	if set.SMTPUser == "none" {
		set.SMTPUser, set.SMTPPassword = "", ""
	}
	return set.OAuth.complete()
}

// serverOf reads the address of a server.
func serverOf(key, address, modeKey, mode string, ports map[string]int) (server, error) {
	port, known := ports[mode]
	if !known {
		return server{}, bot.Errorf(bot.ErrInvalid, "%s is %q; use tls, starttls or none.", modeKey, mode)
	}
	host := strings.TrimSpace(address)
	if h, p, err := net.SplitHostPort(host); err == nil {
		if port, err = strconv.Atoi(p); err != nil || port < 1 || port > 65535 {
			return server{}, bot.Errorf(bot.ErrInvalid, "%s has a port that is none. Write it as imap.example.com:993.", key)
		}
		host = h
	}
	if host == "" || strings.ContainsAny(host, "/@ \t\r\n") {
		return server{}, bot.Errorf(bot.ErrInvalid, "%s is no server. Write it as mail.example.com.", key)
	}
	return server{host: host, port: port, encryption: mode}, nil
}

// ours tells whether an address is the mailbox's own, or listed as ours.
func (s *Source) ours(a string) bool {
	if a == "" {
		return false
	}
	if a == s.from.address || strings.EqualFold(a, s.set.User) {
		return true
	}
	_, domain, _ := strings.Cut(a, "@")
	return slices.ContainsFunc(s.set.Ours, func(o string) bool {
		o = strings.ToLower(strings.TrimSpace(o))
		return o == a || strings.TrimPrefix(o, "@") == domain && !strings.Contains(strings.TrimPrefix(o, "@"), "@")
	})
}

func first(values ...string) string {
	for _, v := range values {
		if v != "" {
			return v
		}
	}
	return ""
}
