package scram

import "testing"

func TestMD5Password(t *testing.T) {
	for _, tt := range []struct {
		user, password string
		salt           [4]byte
		want           string
	}{
		{"postgres", "secret", [4]byte{1, 2, 3, 4}, "md5bb41a296aab6baccb36ff243a562abff"},
		{"", "", [4]byte{}, "md591b86670dcd47857d222fa05653500aa"},
	} {
		if got := MD5Password(tt.user, tt.password, tt.salt); got != tt.want {
			t.Errorf("MD5Password(%q, ..., %x) = %s, want %s", tt.user, tt.salt, got, tt.want)
		}
	}
}

func TestMD5Secret(t *testing.T) {
	if got, want := MD5Secret("postgres", "secret"), "md553f48b7c4b76a86ce72276c5755f217d"; got != want {
		t.Errorf("got %s, want %s", got, want)
	}
}
