package relate_test

import (
	"flag"
	"os"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"earshot/bot"
	"earshot/bot/relate"
)

var update = flag.Bool("update", false, "write the golden files anew")

func TestUrge(t *testing.T) {
	level := func(p int) bot.UrgencyLevel { return bot.UrgencyLevel(min(p/10, 3)) }
	base := bot.Urgency{Level: bot.UrgencyNormal, Points: 10, Reasons: []string{"a question"}}
	got := relate.Urge(base, bot.Customer{Tier: "Gold"}, relate.UsualTiers(), level)
	want := bot.Urgency{Level: bot.UrgencyHigh, Points: 25, Reasons: []string{"a question", "gold customer"}}
	if d := cmp.Diff(want, got); d != "" {
		t.Error(d)
	}
	if len(base.Reasons) != 1 {
		t.Error("the reasons that were handed in were changed")
	}
	for _, tier := range []string{"", "bronze"} {
		if d := cmp.Diff(base, relate.Urge(base, bot.Customer{Tier: tier}, relate.UsualTiers(), level)); d != "" {
			t.Errorf("tier %q counts for something: %s", tier, d)
		}
	}
}

func TestEmail(t *testing.T) {
	for in, want := range map[string]string{
		" Ann@Example.com ": "ann@example.com", "mailto:a@b.de": "a@b.de", "a+tag@b.de": "a+tag@b.de",
		"a@b": "", "@b.de": "", "a@": "", "a b@c.de": "", "a@b@c.de": "", "a@b.de, c@d.de": "", "": "", "a@.de": "", "a@b.": "",
	} {
		if got := relate.Email(in); got != want {
			t.Errorf("Email(%q) = %q, want %q", in, got, want)
		}
	}
}

func TestParseCustomers(t *testing.T) {
	file, err := os.Open("testdata/customers.csv")
	if err != nil {
		t.Fatal(err)
	}
	defer file.Close()
	customers, rejected, err := relate.ParseCustomers(file)
	if err != nil {
		t.Fatal(err)
	}
	want := []bot.Customer{
		{ExternalID: "C-1", Name: "Ann Example", Email: "ann@example.com", Handles: []string{"mastodon:ann", "annie"}, Tier: "gold",
			Since: time.Date(2021, 3, 9, 0, 0, 0, 0, time.UTC), Attrs: map[string]string{"Country": "DE"}},
		{ExternalID: "C-2", Name: "Bob, the second", Since: time.Date(2019, 1, 1, 0, 0, 0, 0, time.UTC)},
		{ExternalID: "C-9", Name: "Zoë"},
	}
	if d := cmp.Diff(want, customers); d != "" {
		t.Error(d)
	}
	var lines []string
	for _, r := range rejected {
		lines = append(lines, strings.Join([]string{itoa(r.Line), r.Reason}, ": "))
	}
	golden(t, "testdata/rejected.txt", strings.Join(lines, "\n")+"\n")
}

func itoa(n int) string { return string(rune('0'+n/10)) + string(rune('0'+n%10)) }

func golden(t *testing.T, path, got string) {
	t.Helper()
	if *update {
		if err := os.WriteFile(path, []byte(got), 0o644); err != nil {
			t.Fatal(err)
		}
	}
	want, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	if d := cmp.Diff(string(want), got); d != "" {
		t.Errorf("%s: %s", path, d)
	}
}

func TestParseCustomersForms(t *testing.T) {
	for name, in := range map[string]string{
		"semicolons":      "id;name;tier\nC-1;Ann;gold\n",
		"tabs":            "id\tname\ttier\nC-1\tAnn\tgold\n",
		"byte order mark": "\ufeffid,name,tier\r\nC-1,Ann,gold\r\n",
		"other names":     "Customer ID,Full Name,Plan\nC-1,Ann,gold",
	} {
		t.Run(name, func(t *testing.T) {
			got, rejected, err := relate.ParseCustomers(strings.NewReader(in))
			if err != nil || len(rejected) > 0 {
				t.Fatal(err, rejected)
			}
			if d := cmp.Diff([]bot.Customer{{ExternalID: "C-1", Name: "Ann", Tier: "gold"}}, got); d != "" {
				t.Error(d)
			}
		})
	}
	for _, in := range []string{"", "\n", "name,email\nAnn,a@b.de\n"} {
		if _, _, err := relate.ParseCustomers(strings.NewReader(in)); bot.KindOf(err) != bot.ErrInvalid {
			t.Errorf("%q: error %v, want one of kind invalid", in, err)
		}
	}
}

func FuzzParseCustomers(f *testing.F) {
	f.Add("id,name,email,handles,tier,since,Country\nC-1,Ann,a@b.de,mastodon:ann annie,gold,2021,DE\n")
	f.Add("id;email\n\"x\";\"a\"b@c\"\n;;;\n")
	f.Add("\ufeffid\n\xff\xfe\n")
	f.Add("id,a,a,a\n1,2,3,4,5\n\"")
	f.Fuzz(func(t *testing.T, in string) {
		customers, rejected, err := relate.ParseCustomers(strings.NewReader(in))
		if err != nil {
			return
		}
		if len(customers)+len(rejected) > strings.Count(in, "\n")+1+strings.Count(in, "\r") {
			t.Errorf("%d customers and %d rejected out of %q", len(customers), len(rejected), in)
		}
		ids := map[string]bool{}
		for _, c := range customers {
			if c.ExternalID == "" || ids[c.ExternalID] || (c.Email != "" && relate.Email(c.Email) != c.Email) {
				t.Errorf("bad customer %+v", c)
			}
			ids[c.ExternalID] = true
		}
		for _, r := range rejected {
			if r.Reason == "" || r.Line <= 0 || len(r.Raw) > 2000+3 {
				t.Errorf("bad rejection %+v", r)
			}
		}
	})
}
