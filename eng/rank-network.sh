# Sourced: ranks that are network namespaces on a bridge, each with a limit of what it sends (as root).
#   network_up <ranks> <folder> [options]   sets `network` to mpirun's options; with options, cables are eng/lossy-cables.py's
#   network_limit <tc's qdisc>              of every rank; empty for none
#   network_cut, network_heal               pulls the last rank's cable and puts it back; nobody is told
#   network_down                            also where network_up has ended half way

network_up() {
    local number hosts= cables=() tries
    network_ranks=$1
    ip link add vtbridge type bridge
    ip address add 10.77.0.254/24 dev vtbridge
    ip link set vtbridge up
    if [[ -n ${3:-} ]]; then
        for ((number = 1; number <= network_ranks; number++)); do cables+=("vtveth$number:vtinner$number"); done
        # shellcheck disable=SC2086
        python3 "$root/eng/lossy-cables.py" $3 $$ "${cables[@]}" >"$2/cables" &
        network_cables=$!
        for ((tries = 100; tries > 0; tries--)); do
            [[ ! -e /sys/class/net/vtveth$network_ranks ]] || break
            sleep 0.1
        done
        ((tries > 0)) || { echo 'there are no cables: they need python3 and /dev/net/tun' >&2; return 1; }
    fi
    for ((number = 1; number <= network_ranks; number++)); do
        ip netns add "vtrank$number"
        if [[ -n ${3:-} ]]; then
            ip link set "vtinner$number" netns "vtrank$number" name eth0
        else
            ip link add "vtveth$number" type veth peer name eth0 netns "vtrank$number"
        fi
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

network_cut() { ip link set "vtveth$network_ranks" nomaster; }
network_heal() { ip link set "vtveth$network_ranks" master vtbridge; }

network_down() {
    local number
    if [[ -n ${network_cables:-} ]]; then
        kill "$network_cables" 2>/dev/null || true
        wait "$network_cables" || true
        network_cables=
    fi
    for ((number = 1; number <= ${network_ranks:-0}; number++)); do
        # A daemon that nobody reaches any more would live on in a namespace without a name.
        ip netns pids "vtrank$number" 2>/dev/null | xargs -r kill -9 2>/dev/null || true
        # Not with its namespace, which the kernel clears away later.
        ip link delete "vtveth$number" 2>/dev/null || true
        ip netns delete "vtrank$number" 2>/dev/null || true
    done
    ip link delete vtbridge 2>/dev/null || true
}
