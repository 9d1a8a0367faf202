package dial

import (
	"context"
	"errors"
	"fmt"
	"math/rand/v2"
	"net"
	"strconv"

	"parley/internal/conninfo"
)

// place is one address, in the words of package net.
type place struct {
	network, address string
}

// maxAddresses is how many addresses of a name are tried.
const maxAddresses = 128

// places returns where a host is reached, in the order in which to try.
func places(ctx context.Context, c *conninfo.Config, set *Settings, h *conninfo.Host) ([]place, error) {
	port := strconv.Itoa(int(h.Port))
	switch h.Kind {
	case conninfo.HostSocket:
		return []place{{"unix", h.SocketFile()}}, nil
	case conninfo.HostAddr:
		addr, ok := numericAddress(h.Addr)
		if !ok {
			return nil, fmt.Errorf("hostaddr %q is not a numeric address", h.Addr)
		}
		return []place{{"tcp", net.JoinHostPort(addr, port)}}, nil
	}
	addrs, err := lookup(ctx, set, h.Name)
	if err != nil {
		return nil, err
	}
	if c.LoadBalance == conninfo.BalanceRandom {
		rand.Shuffle(len(addrs), func(i, j int) { addrs[i], addrs[j] = addrs[j], addrs[i] })
	}
	list := make([]place, 0, len(addrs))
	for _, addr := range addrs[:min(len(addrs), maxAddresses)] {
		list = append(list, place{"tcp", net.JoinHostPort(addr, port)})
	}
	return list, nil
}

// lookup asks the resolver, unless the name is an address.
func lookup(ctx context.Context, set *Settings, name string) ([]string, error) {
	if addr, ok := numericAddress(name); ok {
		return []string{addr}, nil
	}
	addrs, err := set.resolver().LookupHost(ctx, name)
	if err == nil && len(addrs) == 0 {
		err = errors.New("the name has no address")
	}
	return addrs, err
}

// hostOrder returns the hosts in the order in which to try.
func hostOrder(c *conninfo.Config) []*conninfo.Host {
	hosts := make([]*conninfo.Host, len(c.Hosts))
	for i := range c.Hosts {
		hosts[i] = &c.Hosts[i]
	}
	if c.LoadBalance == conninfo.BalanceRandom {
		rand.Shuffle(len(hosts), func(i, j int) { hosts[i], hosts[j] = hosts[j], hosts[i] })
	}
	return hosts
}
