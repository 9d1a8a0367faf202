package kerberos_test

import (
	"context"
	"fmt"

	"github.com/jcmturner/gokrb5/v8/client"
	"github.com/jcmturner/gokrb5/v8/config"
	"github.com/jcmturner/gokrb5/v8/keytab"

	"parley"
	"parley/compat/kerberos"
)

// A service logs in with its keytab, and only to a server that knows the key of
// postgres/db.example.org.
func ExampleProvider() {
	conf, err := config.Load("/etc/krb5.conf")
	if err != nil {
		fmt.Println(err)
		return
	}
	keys, err := keytab.Load("/etc/shop.keytab")
	if err != nil {
		fmt.Println(err)
		return
	}
	tickets := client.NewWithKeytab("shop", "EXAMPLE.ORG", keys, conf)
	defer tickets.Destroy()
	db, err := parley.OpenConfig(context.Background(), parley.Config{
		ConnString: "host=db.example.org user=shop require_auth=gss sslmode=verify-full",
		GSS:        &kerberos.Provider{Client: tickets},
	})
	if err != nil {
		fmt.Println(err)
		return
	}
	defer db.Close()
	fmt.Println(parley.One[string](context.Background(), db, "select current_user"))
}
