package conninfo

// AddDefaults adds, for every keyword that is not given, the value of the
// service file, the environment or the compiled default, in this order, and the
// operating system's user. It is what libpq does before it connects.
//
// Errors come from the service file only. That the user has no name is not
// one: the option is left out then.
func (o *Options) AddDefaults(sys System) error {
	sys = sys.withDefaults()
	if err := o.addService(&sys); err != nil {
		return err
	}
	sslmodeIsDefault := false
	for i := range table {
		k := &table[i]
		if _, ok := o.values[k.Name]; ok {
			continue
		}
		if err := o.addDefault(&sys, k); err != nil {
			return err
		}
		sslmodeIsDefault = sslmodeIsDefault || k.Name == "sslmode" && o.Source(k.Name).Kind == FromDefault
	}
	// The system's certificates vouch for every host on earth, so a weak check
	// against them would be worth nothing.
	if root, _ := o.Get("sslrootcert"); root == "system" && sslmodeIsDefault {
		return o.set("sslmode", "verify-full", Source{Kind: FromDefault})
	}
	return nil
}

// Defaults returns what an empty connection string amounts to: libpq's
// PQconndefaults, which however passes over errors of the service file.
func Defaults(sys System) (*Options, error) {
	o := new(Options)
	if err := o.AddDefaults(sys); err != nil {
		return nil, err
	}
	return o, nil
}

// addDefault sets one keyword. PGREQUIRESSL is an old form of PGSSLMODE: a
// value that begins with 1 means require, and every other is ignored.
func (o *Options) addDefault(sys *System, k *Keyword) error {
	if k.Env != "" {
		if value, ok := sys.LookupEnv(k.Env); ok {
			return o.set(k.Name, value, Source{Kind: FromEnv, Name: k.Env})
		}
	}
	if k.Name == "sslmode" {
		if value, _ := sys.LookupEnv("PGREQUIRESSL"); len(value) > 0 && value[0] == '1' {
			return o.set(k.Name, "require", Source{Kind: FromEnv, Name: "PGREQUIRESSL"})
		}
	}
	switch {
	case k.Default != "" || k.Name == "options":
		return o.set(k.Name, k.Default, Source{Kind: FromDefault})
	case k.Name == "user":
		if name, err := sys.userName(); err == nil {
			return o.set(k.Name, name, Source{Kind: FromSystem})
		}
	}
	return nil
}
