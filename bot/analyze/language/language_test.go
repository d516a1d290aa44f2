package language

import (
	"testing"

	"earshot/bot/analyze/token"
)

func TestDetect(t *testing.T) {
	m, err := Load()
	if err != nil {
		t.Fatal(err)
	}
	tests := []struct{ text, want string }{
		{"My machine stopped working yesterday and nobody will help me", "en"},
		{"Gestern ist meine Maschine ausgefallen und keiner hilft mir", "de"},
		{"Ayer se me rompió la cafetera y no me ayudan", "es"},
		{"Hier ma cafetière est tombée en panne et on ne m'aide pas", "fr"},
		{"Ieri la mia macchina si è rotta e non mi aiutano", "it"},
		{"Ontem minha cafeteira quebrou e não me ajudam", "pt"},
		{"Gisteren is mijn apparaat kapot gegaan en ze willen mij niet helpen", "nl"},
		{"Igår gick min maskin sönder och de vill inte hjälpa mig", "sv"},
		{"Wczoraj moja maszyna się zepsuła i nie chcą mi pomóc", "pl"},
		{"Kahve makinesi bozuldu, üç haftadır kimse cevap vermiyor", "tr"},
		{"mera phone kharab ho gaya hai aur koi madad nahi kar raha", "hi"},
		{"Вчера сломалась моя машина", "ru"},
		{"Вчора зламалася моя машина, її не ремонтують", "uk"},
		{"Χτες χάλασε η μηχανή μου", "el"},
		{"המכונה שלי התקלקלה אתמול", "he"},
		{"تعطلت الآلة أمس ولم يساعدني أحد", "ar"},
		{"دستگاه من دیروز خراب شد و کسی پاسخگو نیست گفتم", "fa"},
		{"昨日、コーヒーメーカーが壊れました", "ja"},
		{"昨天我的咖啡机坏了", "zh"},
		{"어제 커피 머신이 고장났어요", "ko"},
		{"เครื่องชงกาแฟของฉันเสีย", "th"},
		{"मेरी मशीन कल खराब हो गई", "hi"},
		{"", Undetermined},
		{"💓 :) !!! 1234", Undetermined},
		{"https://example.org/der/die/das", Undetermined},
	}
	var text token.Text
	for _, test := range tests {
		text.Read(test.text)
		if got := m.Detect(&text); got.Code != test.want || got.Confidence < 0 || got.Confidence > 1 {
			t.Errorf("Detect(%q) = %+v, want %s", test.text, got, test.want)
		}
	}
}

func TestDamaged(t *testing.T) {
	if _, err := decode("short"); err == nil {
		t.Error("damaged weights are taken")
	}
}

func TestClasses(t *testing.T) {
	if len(Latin()) != Classes {
		t.Errorf("%d languages, %d classes", len(Latin()), Classes)
	}
}

func BenchmarkDetect(b *testing.B) {
	m, err := Load()
	if err != nil {
		b.Fatal(err)
	}
	var text token.Text
	text.Read("My second machine died after the 4.2 update, it smells burnt and nobody at the company answers me")
	for b.Loop() {
		m.Detect(&text)
	}
	b.ReportMetric(float64(b.N)/b.Elapsed().Seconds(), "texts/s")
}

// TestSum adds up the weights of words eight at a time as it does one by one.
func TestSum(t *testing.T) {
	m, err := Load()
	if err != nil {
		t.Fatal(err)
	}
	for _, word := range []string{"a", "maschine", "straße", "перевод", "abcdefghijklmnopqrstuvwxyzabcdefghijklmnopqrstuvwxyz"} {
		var total row
		n := m.sum([]byte(word), token.Hash(word), &total)
		list := wordFeatures([]byte(word), token.Hash(word), nil)
		for c := range Classes {
			want := raised * n
			for _, h := range list {
				want += int(int8(m.rows[int(h&(1<<Bits-1))*Classes+c]))
			}
			if got := int(total[c/2] >> (c % 2 * 16) & 0xffff); n != len(list) || got != want {
				t.Errorf("%s: class %d of %d features is %d, want %d", word, c, n, got, want)
			}
		}
	}
}
