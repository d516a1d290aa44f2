package email

import (
	"bufio"
	"fmt"
	"net"
	"os"
	"os/exec"
	"os/user"
	"path/filepath"
	"strconv"
	"testing"
	"time"

	"github.com/emersion/go-imap/v2"
	"github.com/emersion/go-imap/v2/imapclient"

	"earshot/bot"
	"earshot/bot/source/sourcetest"
)

// dovecot is a real server with one mailbox.
type dovecot struct {
	addr string
	dir  string
}

// dovecotConf is its configuration: %[1]s its folder, %[2]s its port, %[3]s to
// %[6]s the user and group that it runs as, by name and number, %[7]s the
// password of every mailbox.
const dovecotConf = `protocols = imap
listen = 127.0.0.1
base_dir = %[1]s/run
state_dir = %[1]s/run
log_path = %[1]s/log
ssl = no
disable_plaintext_auth = no
default_login_user = %[3]s
default_internal_user = %[3]s
default_internal_group = %[6]s
first_valid_uid = 1
first_valid_gid = 1
mail_location = maildir:%[1]s/mail/%%u
imap_idle_notify_interval = 1 mins
mail_fsync = never
service anvil {
 chroot =
}
service imap-login {
  chroot =
  service_count = 0
  inet_listener imap {
    port = %[2]s
  }
  inet_listener imaps {
    port = 0
  }
}
service imap {
  service_count = 100
}
passdb {
  driver = static
  args = password=%[7]s
}
userdb {
  driver = static
  args = uid=%[4]s gid=%[5]s home=%[1]s/home
}
namespace inbox {
  inbox = yes
  separator = /
  mailbox Sent {
    auto = subscribe
    special_use = \Sent
  }
}
`

// newDovecot starts Dovecot, where it is installed (Debian: dovecot-imapd).
func newDovecot(t *testing.T) *dovecot {
	t.Helper()
	bin, err := exec.LookPath("dovecot")
	if err != nil {
		if os.Getenv("CI") == "true" {
			t.Fatal("dovecot is not installed: apt-get install dovecot-imapd")
		}
		t.Skip("dovecot is not installed")
	}
	dir, err := os.MkdirTemp("", "dove") // the paths of its sockets must be short
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = os.RemoveAll(dir) })
	ln, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	d := &dovecot{addr: ln.Addr().String(), dir: dir}
	_, port, _ := net.SplitHostPort(d.addr)
	_ = ln.Close()
	owner, group := runsAs(t, dir)
	path := filepath.Join(dir, "dovecot.conf")
	if err := os.WriteFile(path, fmt.Appendf(nil, dovecotConf, dir, port, owner.Username, owner.Uid, owner.Gid, group, password), 0o644); err != nil {
		t.Fatal(err)
	}
	cmd := exec.Command(bin, "-F", "-c", path)
	if err := cmd.Start(); err != nil {
		t.Fatal(err)
	}
	ended := make(chan struct{})
	go func() { _ = cmd.Wait(); close(ended) }()
	t.Cleanup(func() {
		_ = cmd.Process.Signal(os.Interrupt)
		<-ended
	})
	d.await(t, ended)
	return d
}

// runsAs is whom the server runs as: us, but never root, whose mail it does not
// serve.
func runsAs(t *testing.T, dir string) (owner *user.User, group string) {
	t.Helper()
	owner, err := user.Current()
	if err == nil && owner.Uid == "0" {
		if owner, err = user.Lookup("nobody"); err == nil {
			err = os.Chmod(dir, 0o777)
		}
	}
	if err != nil {
		t.Fatal(err)
	}
	g, err := user.LookupGroupId(owner.Gid)
	if err != nil {
		t.Fatal(err)
	}
	return owner, g.Name
}

// await waits until the server greets.
func (d *dovecot) await(t *testing.T, ended <-chan struct{}) {
	t.Helper()
	for end := time.Now().Add(patience); time.Now().Before(end); {
		if conn, err := net.DialTimeout("tcp", d.addr, time.Second); err == nil {
			_, err = bufio.NewReader(conn).ReadString('\n')
			_ = conn.Close()
			if err == nil {
				return
			}
		}
		select {
		case <-ended:
			end = time.Now()
		case <-time.After(10 * time.Millisecond):
		}
	}
	raw, _ := os.ReadFile(filepath.Join(d.dir, "log"))
	t.Fatalf("dovecot does not serve: %s", raw)
}

// client logs in beside the source, as a mail program does.
func (d *dovecot) client(t *testing.T, who string) *imapclient.Client {
	t.Helper()
	c, err := imapclient.DialInsecure(d.addr, nil)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = c.Close() })
	if err := c.Login(who, password).Wait(); err != nil {
		t.Fatal(err)
	}
	return c
}

func (d *dovecot) put(t *testing.T, c *imapclient.Client, raw string, at time.Time) {
	t.Helper()
	cmd := c.Append("INBOX", int64(len(raw)), &imap.AppendOptions{Time: at})
	if _, err := cmd.Write([]byte(raw)); err != nil {
		t.Fatal(err)
	}
	if err := cmd.Close(); err != nil {
		t.Fatal(err)
	}
	if _, err := cmd.Wait(); err != nil {
		t.Fatal(err)
	}
}

func (d *dovecot) source(t *testing.T, who string) *Source {
	return open(t, Settings{Server: d.addr, Encryption: "none", User: who, Password: password, Address: "support@larkspur.example"})
}

type doveRig struct {
	d   *dovecot
	who string
}

func (r *doveRig) Source(t *testing.T) bot.Source { return polled{r.d.source(t, r.who)} }

func (r *doveRig) Say(t *testing.T, items ...sourcetest.Item) error {
	c := r.d.client(t, r.who)
	for _, it := range items {
		r.d.put(t, c, said(it), it.At)
	}
	return c.Close()
}

func (r *doveRig) Break(t *testing.T) error {
	c := r.d.client(t, r.who)
	r.d.put(t, c, "\r\n", now().Add(-time.Hour))
	return c.Close()
}

// TestDovecotConforms: the suite over a real server.
func TestDovecotConforms(t *testing.T) {
	d, boxes := newDovecot(t), 0
	sourcetest.Run(t, func(*testing.T) sourcetest.Rig {
		boxes++
		return &doveRig{d, "us" + strconv.Itoa(boxes)}
	})
}

// TestDovecotTells: what a real server does: news by IDLE, nothing marked as
// read, a mailbox made anew, broken letters, and sent ones found.
func TestDovecotTells(t *testing.T) {
	d := newDovecot(t)
	src, c := d.source(t, "us"), d.client(t, "us")
	ticks := make(chan time.Time)
	src.timer = func(time.Duration) <-chan time.Time { return ticks }
	d.put(t, c, said(item(1)), item(1).At)
	_, at := everything(t, src, "")
	l := stream(t, src, at)
	ticks <- now() // an IDLE is renewed
	d.put(t, c, said(item(2)), item(2).At)
	m, _ := l.next(t)
	if m.Text != "The kettle 2" {
		t.Errorf("%+v", m)
	}
	broken := crlf("Content-Type: multipart/mixed; boundary=b\nFrom: ann@example.com\n\n--b\nContent-Type: text/plain\n\nIt lea")
	d.put(t, c, broken, now())
	if m, at = l.next(t); m.Text != "It lea" {
		t.Errorf("%+v", m)
	}
	l.stop()
	<-l.ended
	box, err := c.Select("INBOX", &imap.SelectOptions{ReadOnly: true}).Wait()
	if err != nil || box.NumMessages != 3 {
		t.Fatalf("%+v, %v", box, err)
	}
	if seen, err := c.Search(&imap.SearchCriteria{Flag: []imap.Flag{imap.FlagSeen}}, nil).Wait(); err != nil || len(seen.AllSeqNums()) != 0 {
		t.Errorf("marked as read: %v, %v", seen.AllSeqNums(), err)
	}
	if err := c.Unselect().Wait(); err != nil {
		t.Fatal(err)
	}
	for _, name := range []string{"dovecot-uidlist", "dovecot.index", "dovecot.index.log", "dovecot.index.cache"} { // as after a restore
		_ = os.Remove(filepath.Join(d.dir, "mail", "us", name))
	}
	got, _ := everything(t, src, at)
	if len(got) != 3 {
		t.Errorf("a mailbox made anew gives %d letters", len(got))
	}
	p := newPost(t)
	set := p.settings()
	set.Server, set.Sent = d.addr, "append"
	src = open(t, set)
	r := reply(src, asked())
	if _, err := src.Answer(t.Context(), asked(), r); err != nil {
		t.Fatal(err)
	}
	if found, there, err := src.FindAnswer(t.Context(), asked(), r); err != nil || !there || found.ExternalID != src.answerID(asked(), r) {
		t.Errorf("%+v %t %v", found, there, err)
	}
	for _, f := range src.Check(t.Context()) {
		if !f.OK {
			t.Errorf("%+v", f)
		}
	}
}
