# shellcheck shell=bash disable=SC2154
# The body of the script that `twinrail calibrate` prints. Above it stand a shebang and the assignments of project, zone, times, machine, first and second
# (instances, or empty), alias, service, leader and other_leader, which `calibrate.rs` has held against what names may look like.
# Flags were looked up in the reference of gcloud; the one thing that was not found says so.
# ----
set -euo pipefail

region=${zone%-*}
prefix="twinrail-$(date -u +%m%d%H%M%S)-$$"
csv="calibrate-$project-$zone.csv"
confirmed=''
for argument in "$@"; do
  case "$argument" in
    --yes) confirmed=1 ;;
    -*) printf 'usage: bash %s [--yes] [FILE.csv]\n' "$0" >&2; exit 2 ;;
    *) csv=$argument ;;
  esac
done

say() { printf '%s\n' "$*" >&2; }
run() { gcloud compute "$@" --project="$project" --quiet; }

# What is done, before anything is.
say "Times the Compute API in project $project, zone $zone, $times times each, and adds the rows to $csv."
say "At most about $((times + 5)) minutes. It needs roles/compute.instanceAdmin.v1 and roles/compute.networkAdmin."
if [ -n "$first" ]; then
  say "Changes: nic0 of $first and of $second hold the alias address $alias in turn. Both must have no alias range now, and have none at the end."
  say "Creates and deletes: a route $prefix in their network, for addresses kept for documentation and a tag that no instance has."
  say "Costs: nothing that we know of."
else
  say "Creates and deletes: a network $prefix with one subnet, two instances $prefix-a and $prefix-b ($machine, without external"
  say "addresses, service accounts or firewall rules), and a route $prefix in that network."
  say "Costs: two $machine with boot disks for that time; prices: https://cloud.google.com/compute/all-pricing"
fi
if [ -n "$service" ]; then
  say "Changes: the leader of the backend service $service, $times times between $leader and $other_leader. ITS TRAFFIC MOVES EACH TIME."
  say "Its configuration is put back at the end."
fi
if [ -z "$confirmed" ]; then
  printf 'Go on? [y/N] ' >&2
  read -r answer || answer=''
  case "$answer" in y | Y | yes) ;; *) say 'Nothing was done.'; exit 1 ;; esac
fi

work=$(mktemp -d)
# What exists and has to go: each is set before the command that makes it, so that half of a failed one goes too.
made_network='' made_instances='' made_route='' held_by='' led=''

# undo COMMAND…: one step of cleaning up. A failed one does not keep the others from being done.
undo() { run "$@" >/dev/null || left="$left
  gcloud compute $* --project=$project"; }

cleanup() {
  status=$?
  trap - EXIT INT TERM
  left=''
  if [ -n "$led" ]; then
    undo backend-services import "$service" --region="$region" --source="$work/service.yaml"
  fi
  if [ -n "$made_route" ]; then undo routes delete "$prefix"; fi
  if [ -n "$made_instances" ]; then
    undo instances delete "$prefix-a" "$prefix-b" --zone="$zone"
  elif [ -n "$held_by" ]; then
    undo instances network-interfaces update "$held_by" --zone="$zone" --network-interface=nic0 --aliases=
  fi
  if [ -n "$made_network" ]; then
    undo networks subnets delete "$prefix" --region="$region"
    undo networks delete "$prefix"
  fi
  if [ -n "$left" ]; then
    say "NOT CLEANED UP (perhaps because it was never made); look, and run:$left"
    if [ -n "$led" ]; then say "the configuration of $service is kept in $work"; fi
    [ "$status" -ne 0 ] || status=1
  else
    rm -rf -- "$work"
  fi
  exit "$status"
}
trap cleanup EXIT
trap 'exit 130' INT TERM

# Seconds of a time of RFC 3339 since some day long ago. Our own arithmetic, as not every `date` reads such times.
clock='function instant(t, y, m, d, rest, seconds, offset) {
  y = substr(t, 1, 4) + 0; m = substr(t, 6, 2) + 0; d = substr(t, 9, 2) + 0
  rest = substr(t, 18); match(rest, /^[0-9.]+/); seconds = substr(rest, 1, RLENGTH) + 0; rest = substr(rest, RLENGTH + 1)
  offset = 0
  if (rest ~ /^[-+]/) { offset = (substr(rest, 2, 2) * 60 + substr(rest, 5, 2)) * 60; if (rest ~ /^-/) offset = -offset }
  if (m <= 2) { y--; m += 12 }
  d += 365 * y + int(y / 4) - int(y / 100) + int(y / 400) + int((153 * (m - 3) + 2) / 5)
  return ((d * 24 + substr(t, 12, 2)) * 60 + substr(t, 15, 2)) * 60 + seconds - offset
}'

# record FACT SECONDS WHEN WHAT
record() { printf '%s,%s,%s,%s,%s,%s,%s\n' "$1" "$2" "$3" "$4" "$project" "$zone" "$machine" >>"$csv"; }

# newest SCOPE TARGET: name, insertion and end of the newest operation on the resource whose URL ends in TARGET.
newest() {
  run operations list "$1" --filter="targetLink~'/$2\$'" --sort-by=~insertTime --limit=1 \
    --format='value(name,insertTime,endTime)'
}

last='' inserted='' ended='' lost=0
# timed FACT WHAT SCOPE TARGET: how long the newest operation on TARGET took, from insertion to end, by the clocks of the API: how
# fast this machine and gcloud are does not matter. The command that made it has waited for it; the list may lag behind.
timed() {
  local name='' tries
  for tries in 1 2 3 4 5; do
    IFS=$'\t' read -r name inserted ended <<<"$(newest "$3" "$4")" || true
    if [ -n "$ended" ] && [ "$name" != "$last" ]; then
      last=$name
      record "$1" "$(awk -v a="$inserted" -v b="$ended" "$clock"' BEGIN { printf "%.3f", instant(b) - instant(a) }')" "$inserted" "$2"
      return
    fi
    sleep "$tries"
  done
  inserted='' ended=''
  lost=$((lost + 1))
}

[ -s "$csv" ] || printf 'fact,seconds,when,what,project,zone,machine\n' >"$csv"

# In the guest: when the agent has made the alias a local route, and when it was there again. It needs no network: the metadata
# server keeps what it writes. Attributes may be written and read only a few times a minute, so all times go into one.
guest() {
  cat <<'GUEST'
#!/bin/bash
url=http://metadata.google.internal/computeMetadata/v1/instance/guest-attributes/twinrail
keep() { curl -s -X PUT -H 'Metadata-Flavor: Google' --data "$2" "$url/$1"; }
keep ready yes
there='' times=''
while :; do
  if ip -4 route show table local | grep -q "^local ADDRESS "; then
    if [ -z "$there" ]; then
      times="$times$(date -u +%Y-%m-%dT%H:%M:%S.%3NZ),"
      keep arrivals "$times"
    fi
    there=1
  else
    there=''
  fi
  sleep 0.05
done
GUEST
}

attribute() {
  run instances get-guest-attributes "$1" --zone="$zone" --query-path="twinrail/$2" --format='value(value)' 2>/dev/null || true
}

make_instances() {
  local tries
  alias=vips:10.0.1.5/32
  first=$prefix-a
  second=$prefix-b
  guest | sed "s|ADDRESS|10.0.1.5|" >"$work/guest.sh"
  say 'making a network and two instances'
  made_network=1
  run networks create "$prefix" --subnet-mode=custom >/dev/null
  run networks subnets create "$prefix" --network="$prefix" --region="$region" --range=10.0.0.0/24 \
    --secondary-range=vips=10.0.1.0/24 >/dev/null
  made_instances=1
  run instances create "$first" "$second" --zone="$zone" --machine-type="$machine" --subnet="$prefix" --no-address \
    --can-ip-forward --no-service-account --no-scopes --image-family=debian-12 --image-project=debian-cloud \
    --metadata=enable-guest-attributes=TRUE --metadata-from-file=startup-script="$work/guest.sh" >/dev/null
  for tries in $(seq 30); do
    if [ "$(attribute "$first" ready)$(attribute "$second" ready)" = yesyes ]; then
      watched=1
      return
    fi
    say "waiting for the guests ($tries)"
    sleep 15
  done
  say 'the guests do not report: api.metadata-to-guest-time is not measured'
}

# An update replaces the whole list of alias ranges, so that others would be lost. Ranges of any NIC refuse the instance: that is more than is needed, and
# leaves nothing to how gcloud prints a part of a list.
check_instances() {
  local name nics
  for name in "$first" "$second"; do
    nics=$(run instances describe "$name" --zone="$zone" --format='json(networkInterfaces)')
    case "$nics" in
      *aliasIpRanges*) say "$name has alias ranges, which this could drop: name instances without"; exit 2 ;;
      *nic0*) ;;
      *) say "$name has no nic0 that gcloud shows"; exit 2 ;;
    esac
  done
  machine=$(run instances describe "$first" --zone="$zone" --format='value(machineType.basename())')
}

# hold NAME RANGES: what the NIC holds from now on.
hold() { run instances network-interfaces update "$1" --zone="$zone" --network-interface=nic0 --aliases="$2" >/dev/null; }

# Removal from one instance and addition to the other, in turn, as a mover does it.
time_aliases() {
  local i to=$first
  last=$(newest "--zones=$zone" "instances/$to" | cut -f1)
  for i in $(seq "$times"); do
    say "alias $i of $times"
    if [ -n "$held_by" ]; then
      hold "$held_by" ''
      timed api.nic-update-time alias-remove "--zones=$zone" "instances/$held_by"
    fi
    held_by=$to
    hold "$to" "$alias"
    timed api.nic-update-time alias-add "--zones=$zone" "instances/$to"
    if [ -n "$ended" ]; then printf '%s\t%s\t%s\n' "$to" "$inserted" "$ended" >>"$work/added"; fi
    if [ "$to" = "$first" ]; then to=$second; else to=$first; fi
    if [ -n "$watched" ]; then sleep "$settle"; fi
  done
  hold "$held_by" ''
  timed api.nic-update-time alias-remove "--zones=$zone" "instances/$held_by"
  held_by=''
}

# From the end of the operation, by the API's clock, to the local route, by the guest's, which follows Google's time servers. Zero where
# the guest was first: an arrival belongs to the addition after which it is the first, before the next one.
arrivals() {
  local name
  for name in "$first" "$second"; do
    awk -F '\t' -v name="$name" -v list="$(attribute "$name" arrivals)" "$clock"'
      { who[NR] = $1; from[NR] = instant($2); end[NR] = instant($3); when[NR] = $2 }
      END {
        n = split(list, times, ",")
        for (i = 1; i <= NR; i++) if (who[i] == name) for (j = 1; j <= n; j++) {
          at = times[j] == "" ? 0 : instant(times[j])
          if (at >= from[i] && (i == NR || at < from[i + 1])) {
            printf "%.3f\t%s\n", (at > end[i] ? at - end[i] : 0), when[i]
            break
          }
        }
      }' "$work/added"
  done | while IFS=$'\t' read -r seconds when; do record api.metadata-to-guest-time "$seconds" "$when" local-route; done
}

time_routes() {
  local i network=$prefix
  set -- --destination-range=10.0.2.0/24 --next-hop-instance="$first" --next-hop-instance-zone="$zone"
  if [ -z "$made_instances" ]; then
    network=$(run instances describe "$first" --zone="$zone" --format='value(networkInterfaces[0].network)')
    case "$network" in
      */projects/"$project"/*) network=${network##*/} ;;
      *) say 'their network is of another project: no route is timed'; return ;;
    esac
    # No packet takes it: nobody sends to these addresses, and no instance has the tag.
    set -- --destination-range=198.51.100.0/24 --next-hop-gateway=default-internet-gateway --tags="$prefix"
  fi
  last=''
  for i in $(seq "$times"); do
    say "route $i of $times"
    made_route=1
    run routes create "$prefix" --network="$network" "$@" >/dev/null
    timed api.route-insert-time route-insert --global "routes/$prefix"
    run routes delete "$prefix" >/dev/null
    made_route=''
    timed api.route-delete-time route-delete --global "routes/$prefix"
  done
}

# The leader has no flag of its own in `gcloud compute backend-services update`: the configuration is exported, changed and imported, which is one patch.
# NOT CONFIRMED from documentation: that the released export and import keep `haPolicy`. If not, nothing is changed and it is said.
time_leader() {
  local i to=$leader
  run backend-services export "$service" --region="$region" --destination="$work/service.yaml" >/dev/null
  if ! grep -q '^haPolicy:' "$work/service.yaml"; then
    say "the export of $service has no haPolicy: api.leader-update-time is not measured"
    return
  fi
  if grep -Eq "^ +instance: *(.*/)?$leader *$" "$work/service.yaml"; then to=$other_leader; fi
  last=$(newest "--regions=$region" "backendServices/$service" | cut -f1)
  for i in $(seq "$times"); do
    say "leader $i of $times"
    sed "/^haPolicy:/,/^[^ ]/ s|^\( *instance: *\).*|\1$to|" "$work/service.yaml" >"$work/next.yaml"
    led=1
    run backend-services import "$service" --region="$region" --source="$work/next.yaml" >/dev/null
    timed api.leader-update-time leader-update "--regions=$region" "backendServices/$service"
    if [ "$to" = "$leader" ]; then to=$other_leader; else to=$leader; fi
  done
}

watched=''
: >"$work/added"
# Guest attributes may be written about ten times a minute; an address that moves every few seconds stays below.
settle=${TWINRAIL_SETTLE:-5}
if [ -n "$first" ]; then check_instances; else make_instances; fi
time_aliases
if [ -n "$watched" ]; then arrivals; fi
time_routes
if [ -n "$service" ]; then time_leader; fi

say "rows by fact in $csv:"
awk -F , 'NR > 1 { n[$1]++ } END { for (fact in n) printf "  %s %d\n", fact, n[fact] }' "$csv" | sort >&2
if [ "$lost" -gt 0 ]; then say "$lost operations were not found in the list of operations, and are not among them"; fi
say "Not measured: reads and answers of the API (gcloud itself is slower than they are), load balancing, resets, the data plane."
say "To see what they change: twinrail diff MODEL MODEL --new-facts $csv"
