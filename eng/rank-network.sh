# Sourced: ranks that are network namespaces on a bridge, each with a limit of what it sends (as root).
#   network_up <ranks> <folder>   sets `network` to mpirun's options
#   network_limit <tc's qdisc>    of every rank; empty for none
#   network_down                also where network_up has ended half way

network_up() {
    local number hosts=
    network_ranks=$1
    ip link add vtbridge type bridge
    ip address add 10.77.0.254/24 dev vtbridge
    ip link set vtbridge up
    for ((number = 1; number <= network_ranks; number++)); do
        ip netns add "vtrank$number"
        ip link add "vtveth$number" type veth peer name eth0 netns "vtrank$number"
        ip link set "vtveth$number" master vtbridge up
        ip -n "vtrank$number" address add "10.77.0.$number/24" dev eth0
        ip -n "vtrank$number" link set eth0 up
        ip -n "vtrank$number" link set lo up
        hosts+=${hosts:+,}10.77.0.$number:1
    done
    # All have this machine's name, and must not find each other's files.
    printf '#!/bin/sh\nname=vtrank${1##*.}; shift\nmkdir -p "%s/$name"\nTMPDIR="%s/$name" exec ip netns exec "$name" sh -c "$*"\n' \
        "$2" "$2" >"$2/agent"
    chmod +x "$2/agent"
    network=(-H "$hosts" --mca plm_rsh_agent "$2/agent" --mca btl tcp,self --mca btl_tcp_if_include 10.77.0.0/24
        --mca oob_tcp_if_include 10.77.0.0/24 --mca pml ob1)
}

network_limit() {
    local number
    for ((number = 1; number <= network_ranks; number++)); do
        tc -n "vtrank$number" qdisc delete dev eth0 root 2>/dev/null || true
        # shellcheck disable=SC2086
        [[ -z $1 ]] || tc -n "vtrank$number" qdisc add dev eth0 root $1 || return 1
    done
}

network_down() {
    local number
    for ((number = 1; number <= network_ranks; number++)); do
        # Not with its namespace, which the kernel clears away later.
        ip link delete "vtveth$number" 2>/dev/null || true
        ip netns delete "vtrank$number" 2>/dev/null || true
    done
    ip link delete vtbridge 2>/dev/null || true
}
