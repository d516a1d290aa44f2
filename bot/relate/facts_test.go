package relate

import (
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"earshot/bot"
)

func TestParseFacts(t *testing.T) {
	day := time.Date(2026, 3, 9, 0, 0, 0, 0, time.UTC)
	for name, tt := range map[string]struct {
		in   string
		want []bot.Fact
		bad  []Row
	}{
		"wide": {"day,Orders,returns,topic\n2026-03-09,\"1,204\",31,\n2026-03-10,900,,Firmware\n", []bot.Fact{
			{Name: "orders", Role: bot.Base, Day: day, Count: 1204}, {Name: "returns", Role: bot.Trouble, Day: day, Count: 31},
			{Name: "orders", Role: bot.Base, Topic: "Firmware", Day: day.AddDate(0, 0, 1), Count: 900},
		}, nil},
		"long": {"\ufeffname;day;count;role;watch\ntickets;09.03.2026;12.5;base;Larkspur\n", []bot.Fact{{Name: "tickets", Role: bot.Base, Watch: "Larkspur", Day: day, Count: 12.5}}, nil},
		"broken rows": {"day,orders\nyesterday,3\n2026-03-09,many\n2026-03-09,-1\n2026-03-09,NaN\n2026-03-09,\n2026-03-09,\xff\n2026-03-09,=1+1\n2026-03-09,7\n", []bot.Fact{{Name: "orders", Role: bot.Base, Day: day, Count: 7}}, []Row{
			{2, `"yesterday" is not a day. Write it as 2026-03-09.`, "yesterday,3"},
			{3, `"many" is not a count. Write a number that is not negative.`, "2026-03-09,many"},
			{4, `"-1" is not a count. Write a number that is not negative.`, "2026-03-09,-1"},
			{5, `"NaN" is not a count. Write a number that is not negative.`, "2026-03-09,NaN"},
			{6, "The row holds no count.", "2026-03-09,"},
			{7, "The row is not UTF-8. Save the file as UTF-8.", "2026-03-09,\xff"},
			{8, `"=1+1" is not a count. Write a number that is not negative.`, "2026-03-09,=1+1"},
		}},
		"no such role": {"name,day,count,role\nx,2026-03-09,1,cause\n,2026-03-09,1,base\n", nil, []Row{
			{2, `"cause" is not a role. Write trouble or base.`, "x,2026-03-09,1,cause"}, {3, "The name is empty.", ",2026-03-09,1,base"},
		}},
	} {
		t.Run(name, func(t *testing.T) {
			got, bad, err := ParseFacts(strings.NewReader(tt.in))
			if err != nil {
				t.Fatal(err)
			}
			if diff := cmp.Diff(tt.want, got); diff != "" {
				t.Error(diff)
			}
			if diff := cmp.Diff(tt.bad, bad); diff != "" {
				t.Error(diff)
			}
		})
	}
	for in, says := range map[string]string{
		"": "The file is empty", "orders,returns\n": "No column is called day", "name,day\n": "none called count", "day,watch\n": "No column holds a count",
	} {
		if _, _, err := ParseFacts(strings.NewReader(in)); bot.KindOf(err) != bot.ErrInvalid || !strings.Contains(err.Error(), says) {
			t.Errorf("%q: %v", in, err)
		}
	}
}

func FuzzParseFacts(f *testing.F) {
	for _, s := range []string{"day,orders\n2026-03-09,7\n", "name;day;count\nx;2026;1e309\n", "day\t\x00\n", "\"day\n", "day,a,a\n2026,1,2\n"} {
		f.Add(s)
	}
	f.Fuzz(func(t *testing.T, s string) {
		facts, _, err := ParseFacts(strings.NewReader(s))
		if err != nil {
			return
		}
		for _, f := range facts {
			if f.Name == "" || !(f.Count >= 0) || f.Day.IsZero() || f.Day != f.Day.Truncate(24*time.Hour) || f.Role == "" {
				t.Errorf("%q gives %+v", s, f)
			}
		}
	})
}
