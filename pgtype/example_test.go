package pgtype_test

import (
	"fmt"

	"parley/pgtype"
)

func ExampleNumeric() {
	price, err := pgtype.ParseNumeric("19.90")
	if err != nil {
		fmt.Println(err)
		return
	}
	cents, exp, err := price.Big()
	fmt.Println(price, price.Scale(), cents, exp, err)
	_, err = price.Int64()
	fmt.Println(err)
	// Output:
	// 19.90 2 1990 -2 <nil>
	// part of the value would be lost
}

func ExampleValue() {
	var c pgtype.Catalog
	v, err := pgtype.Value(&c, c.Type(1007), pgtype.Text, []byte("{{1,2},{3,NULL}}"))
	fmt.Println(v, err)
	v, err = pgtype.Value(&c, c.Type(3912), pgtype.Text, []byte("[2024-01-01,infinity)"))
	fmt.Println(v.(pgtype.Range[any]).Upper, err)
	// Output:
	// [[1 2] [3 <nil>]] <nil>
	// infinity <nil>
}

func ExampleAppendText() {
	var c pgtype.Catalog
	form := []byte{0, 0, 0, 1, 0, 0, 0, 0, 0, 0, 0, 25, 0, 0, 0, 2, 0, 0, 0, 1, 0, 0, 0, 3, 'a', ' ', 'b', 0, 0, 0, 1, 'c'}
	text, err := pgtype.AppendText(nil, c.Type(1009), pgtype.Binary, form)
	fmt.Println(string(text), err)
	// Output:
	// {"a b",c} <nil>
}
