/* The mover `alias-ip` once more, for SPIN, written from docs/movers.md: an oracle for the states that crates/sim counts.
 *
 * Every event is one d_step of one process with one control state, and nothing of the state is anywhere but in these
 * variables, so that SPIN's stored states are the states of the machine, one to one. What nobody reads any more is 0.
 *
 * Given from outside: NODES, VIPS, CONTROLLERS, FAULTS, ROOM (VIPs that fit on a NIC), EPOCH (the storage looks at epochs),
 * and CHECK: 0 nothing, 2 at most one responder, 3 no write of a deposed holder, 5 no lost update.
 * The menu is that of most properties: all faults but drift and zone, and all addresses are reserved. */

#define UP 0
#define CUT 1
#define HUNG 2
#define DOWN 3
#define GONE 4

#define AWAITED 0
#define DONE 1
#define STALE 2
#define CONFLICT 3
#define MISSING 4
#define RATE 5
#define FAILED 6
#define REFUSED 7

/* A node or VIP in a set; nobody is 0, and so the one with number k is k + 1 where it may be nobody. */
#define bit_of(k) (1 << (k))
#define has(set, k) (((set) >> (k)) & 1)

/* A request for a list of alias ranges, as one number: nothing is 0.
 * bit 0 fresh, 1 overtaken, 2 bystander on the list, 3 newcomer on the list, 4-7 VIPs on the list, 8-10 node, 11-12 VIP, 13 there is one */
#define FRESH 1
#define OVERTAKEN 2
#define OTHERS 12
#define NEWCOMER 8
#define BYSTANDER 4
#define vips_of(r) (((r) >> 4) & 15)
#define node_of(r) (((r) >> 8) & 7)
#define vip_of(r) (((r) >> 11) & 3)
#define adds(r) has(vips_of(r), vip_of(r))
#define ask(v, n, list) (8192 | ((v) << 11) | ((n) << 8) | (list))

/* Guests and NICs. */
byte health[NODES];
bool dead[NODES];           /* the guest agent */
byte serves[NODES];
byte others[NODES];         /* alias ranges of others, as in a list */
/* Addresses. */
byte holder[VIPS];
byte lag[VIPS];
byte decided[VIPS];
#if EPOCH
byte grant[VIPS];
#endif
/* Controllers. */
short task[CONTROLLERS];
byte answer[CONTROLLERS];
byte target[CONTROLLERS];
byte leader;
#if FAULTS > 0
short late[FAULTS];         /* the largest first */
byte faults = FAULTS;
bool spent;
#endif

/* Scratch: no part of the state. */
hidden byte i, j, k, aliases, fresh, count;
hidden short r, s;
hidden byte flag;

#define runs(n) (health[n] == UP || health[n] == CUT)

/* aliases: what the API shows on a NIC, as a list. */
inline list_aliases(n) {
	aliases = others[n];
	for (k : 0 .. VIPS - 1) {
		if
		:: holder[k] == n + 1 -> aliases = aliases | (16 << k)
		:: else
		fi
	}
}

/* How many VIPs are on a list. */
#define bits(set) (has(set, 0) + has(set, 1) + has(set, 2) + has(set, 3))

/* Packets follow late. */
inline move(v, to) {
	if
	:: holder[v] != 0 -> lag[v] = lag[v] | bit_of(holder[v] - 1)
	:: else
	fi;
	holder[v] = to;
	if
	:: holder[v] != 0 -> lag[v] = lag[v] & ~bit_of(holder[v] - 1)
	:: else
	fi
}

inline sort_late() {
#if FAULTS > 1
	for (i : 1 .. FAULTS - 1) {
		j = i;
		do
		:: j > 0 && late[j] > late[j - 1] ->
			s = late[j]; late[j] = late[j - 1]; late[j - 1] = s;
			j--
		:: else -> break
		od
	}
#endif
	s = 0
}

/* The NIC of a node changed: whoever has read it before has an old fingerprint. */
inline outdate(n) {
	for (k : 0 .. CONTROLLERS - 1) {
		if
		:: task[k] != 0 && node_of(task[k]) == n && answer[k] != DONE -> task[k] = task[k] & ~FRESH
		:: else
		fi
	}
#if FAULTS > 0
	for (k : 0 .. FAULTS - 1) {
		if
		:: late[k] != 0 && node_of(late[k]) == n -> late[k] = late[k] & ~FRESH
		:: else
		fi
	}
	sort_late()
#endif
}

/* The storage and the guest forget; the NIC stays. */
inline power_off(n, how) {
	health[n] = how;
	dead[n] = false;
	serves[n] = 0
}

/* Writes down an answer and forgets what nobody reads. */
inline settle(c, what) {
	answer[c] = what;
	r = task[c];
	if
	:: adds(r) -> s = 16 << vip_of(r)
	:: else -> s = 0
	fi;
	if
	:: what == FAILED || what == RATE -> fresh = r & FRESH
	:: else -> fresh = 0
	fi;
	task[c] = ask(vip_of(r), node_of(r), s) | (r & OVERTAKEN) | fresh
}

/* The platform decides request r, whose task is to end at node `goal` - 1, if that is known; the answer is in count. */
inline decide(goal, leads) {
#if FAULTS > 0
	if
	:: spent -> count = RATE
	:: else ->
#endif
	if
	:: health[node_of(r)] == GONE -> count = MISSING
	:: health[node_of(r)] != GONE && !(r & FRESH) -> count = STALE
	:: else ->
		list_aliases(node_of(r));
		/* what is new on the list, then what goes from it */
		j = vips_of(r) & ~(aliases >> 4);
		flag = false;
		for (k : 0 .. VIPS - 1) {
			if
			:: has(j, k) && holder[k] != 0 -> flag = true
			:: else
			fi
		}
		if
		:: j != 0 && bits(vips_of(r)) > ROOM -> count = REFUSED
		:: !(j != 0 && bits(vips_of(r)) > ROOM) && flag -> count = CONFLICT
		:: else ->
			count = DONE;
			for (k : 0 .. VIPS - 1) {
				if
				:: has(j, k) -> move(k, node_of(r) + 1)
				:: has(aliases >> 4, k) && !has(vips_of(r), k) -> move(k, 0)
				:: else
				fi
			}
			others[node_of(r)] = others[node_of(r)] & r;
			outdate(node_of(r));
			if
			:: !(r & OVERTAKEN) && (goal) != 0 -> decided[vip_of(r)] = goal
			:: else
			fi;
			if
			:: leads ->
				for (k : 0 .. CONTROLLERS - 1) {
					if
					:: task[k] != 0 && vip_of(task[k]) == vip_of(r) -> task[k] = task[k] | OVERTAKEN
					:: else
					fi
				}
#if FAULTS > 0
				for (k : 0 .. FAULTS - 1) {
					if
					:: late[k] != 0 && vip_of(late[k]) == vip_of(r) -> late[k] = late[k] | OVERTAKEN
					:: else
					fi
				}
				sort_late()
#endif
			:: else
			fi
		fi
	fi
#if FAULTS > 0
	fi
#endif
}

/* What a controller asks next about VIP v that is to go to node t: r, or 0 for the end of its task. */
inline attach(v, t) {
	list_aliases(t);
	aliases = aliases | (16 << v);
	if
	:: health[t] != GONE && bits(aliases >> 4) <= ROOM -> r = ask(v, t, aliases) | FRESH
	:: else -> r = 0
	fi
}

inline detach(v, t) {
	if
	:: holder[v] == t + 1 -> r = 0
	:: holder[v] == 0 -> attach(v, t)
	:: else ->
		list_aliases(holder[v] - 1);
		r = ask(v, holder[v] - 1, aliases & ~(16 << v)) | FRESH
	fi
}

inline again() {
	list_aliases(node_of(r));
	if
	:: adds(r) -> aliases = aliases | (16 << vip_of(r))
	:: else -> aliases = aliases & ~(16 << vip_of(r))
	fi;
	r = ask(vip_of(r), node_of(r), aliases) | FRESH
}

inline react(c) {
	r = task[c];
	s = r & OVERTAKEN;
	/* attach and detach change r */
	i = vip_of(r);
	if
	:: answer[c] == RATE -> again()
	:: answer[c] != RATE && adds(r) ->
		if
		:: answer[c] == STALE || answer[c] == FAILED -> attach(i, target[c])
		:: else -> r = 0
		fi
	:: else ->
		if
		:: answer[c] == DONE || answer[c] == MISSING -> attach(i, target[c])
		:: answer[c] == REFUSED -> r = 0
		:: else -> detach(i, target[c])
		fi
	fi;
	answer[c] = AWAITED;
	if
	:: r == 0 -> task[c] = 0; target[c] = 0
	:: else -> task[c] = r | s
	fi
}

/* Is told by the metadata server; i is set to the VIPs. */
inline tell(n) {
	i = 0;
	for (k : 0 .. VIPS - 1) {
		if
		:: holder[k] == n + 1 -> i = i | bit_of(k)
		:: else
		fi
	}
}

#define on(n, v) (bit_of(v) * (holder[v] == n + 1))
#if VIPS == 1
#define told_of(n) on(n, 0)
#elif VIPS == 2
#define told_of(n) (on(n, 0) | on(n, 1))
#else
#define told_of(n) (on(n, 0) | on(n, 1) | on(n, 2))
#endif

#define asks_nic(r, n) (r != 0 && node_of(r) == n)
#define waits(c, n) (answer[c] == AWAITED && asks_nic(task[c], n))
#if CONTROLLERS == 1
#define awaited(n) waits(0, n)
#else
#define awaited(n) (waits(0, n) || waits(1, n))
#endif
#if FAULTS == 1
#define late_at(n) asks_nic(late[0], n)
#elif FAULTS == 2
#define late_at(n) (asks_nic(late[0], n) || asks_nic(late[1], n))
#elif FAULTS == 3
#define late_at(n) (asks_nic(late[0], n) || asks_nic(late[1], n) || asks_nic(late[2], n))
#else
#define late_at(n) (asks_nic(late[0], n) || asks_nic(late[1], n) || asks_nic(late[2], n) || asks_nic(late[3], n))
#endif

#define may_begin(v, t) (task[leader] == 0 && health[t] == UP && holder[v] != 0 && health[holder[v] - 1] != UP \
	&& bits(told_of(t) | bit_of(v)) <= ROOM)

/* After every event. */
#if EPOCH
#define takes_writes(n, v) (runs(n) && has(serves[n], v) && grant[v] == n + 1)
#else
#define takes_writes(n, v) (runs(n) && has(serves[n], v))
#endif

inline look() {
#if CHECK == 2 || CHECK == 3
	for (k : 0 .. VIPS - 1) {
		count = 0;
		for (i : 0 .. NODES - 1) {
			if
#if CHECK == 2
			:: takes_writes(i, k) && (holder[k] == i + 1 || has(lag[k], i)) -> count++
#else
			:: takes_writes(i, k) -> count++
#endif
			:: else
			fi
		}
		assert(count <= 1)
	}
#elif CHECK == 5
	/* Somewhere else than the newest decision put it, though that node is well. */
	flag = false;
	for (k : 0 .. VIPS - 1) {
		if
		:: decided[k] != 0 && holder[k] != 0 && holder[k] != decided[k] ->
			if
			:: health[decided[k] - 1] == UP && !dead[decided[k] - 1] -> flag = true
			:: else
			fi
		:: else
		fi
	}
	if
	:: flag ->
		/* And nothing is left to happen: flag turns false if something is. */
		for (k : 0 .. CONTROLLERS - 1) {
			flag = flag && task[k] == 0
		}
#if FAULTS > 0
		flag = flag && !spent && late[0] == 0;
#endif
		for (k : 0 .. VIPS - 1) {
			flag = flag && lag[k] == 0
		}
		for (i : 0 .. NODES - 1) {
			flag = flag && !(runs(i) && !dead[i] && serves[i] != told_of(i));
			for (k : 0 .. VIPS - 1) {
				flag = flag && !may_begin(k, i);
#if EPOCH
				flag = flag && !(runs(i) && has(serves[i], k) && holder[k] == i + 1 && grant[k] != i + 1)
#endif
			}
		}
		assert(!flag)
	:: else
	fi
#endif
	skip
}

#define PROGRAM(v) :: d_step { lag[v] != 0 -> lag[v] = 0; look() }
#define BEGIN(v, t) :: d_step { may_begin(v, t) -> \
	detach(v, t); task[leader] = r; answer[leader] = AWAITED; target[leader] = t; look() }
#define DECIDE(c) :: d_step { task[c] != 0 && answer[c] == AWAITED -> \
	r = task[c]; task[c] = 0; decide(target[c] + 1, leader == c); task[c] = r; settle(c, count); look() }
#define SYNC(n) :: d_step { runs(n) && !dead[n] && serves[n] != told_of(n) -> \
	tell(n); obey(n); serves[n] = i; look() }

#if EPOCH
/* The storage hears of a new holder from the guest itself. */
inline obey(n) {
	for (k : 0 .. VIPS - 1) {
		if
		:: has(i, k) && !has(serves[n], k) -> grant[k] = n + 1
		:: else
		fi
	}
}
#define TAKE_OVER(n, v) :: d_step { \
	runs(n) && has(serves[n], v) && holder[v] == n + 1 && grant[v] != n + 1 -> grant[v] = n + 1; look() }
#else
inline obey(n) { skip }
#define TAKE_OVER(n, v)
#endif

#if FAULTS > 0
#define REACT(c) :: d_step { task[c] != 0 && answer[c] != AWAITED && !(answer[c] == RATE && spent) -> react(c); look() }
#define DECIDE_LATE(p) :: d_step { late[p] != 0 -> \
	r = late[p]; late[p] = 0; sort_late(); decide((node_of(r) + 1) * adds(r), false); look() }

#define RESTART(n) :: d_step { health[n] == DOWN || health[n] == HUNG || health[n] == CUT -> health[n] = UP; look() }
#define KILL(n) :: d_step { faults > 0 && (runs(n) || health[n] == HUNG) -> faults--; power_off(n, DOWN); look() }
#define HANG(n) :: d_step { faults > 0 && runs(n) -> faults--; health[n] = HUNG; look() }
#define CUT_OFF(n) :: d_step { faults > 0 && health[n] == UP -> faults--; health[n] = CUT; look() }
#define DELETE(n) :: d_step { faults > 0 && health[n] != GONE -> faults--; power_off(n, GONE); outdate(n); vacate(n); look() }
#define AGENT_DIES(n) :: d_step { faults > 0 && runs(n) && !dead[n] -> faults--; dead[n] = true; look() }
#define TOUCH(n) :: d_step { faults > 0 && !(others[n] & NEWCOMER) && (awaited(n) || late_at(n)) -> \
	faults--; others[n] = others[n] | NEWCOMER; outdate(n); look() }
#define CRASH(c) :: d_step { faults > 0 && task[c] != 0 -> faults--; crash(c); look() }
#define FAIL(c) :: d_step { faults > 0 && task[c] != 0 && answer[c] == AWAITED -> faults--; settle(c, FAILED); look() }
#define REFUSE(c) :: d_step { \
	faults > 0 && task[c] != 0 && answer[c] == AWAITED && adds(task[c]) && holder[vip_of(task[c])] == 0 -> \
	faults--; settle(c, CONFLICT); look() }
#define DEPOSE(c) :: d_step { faults > 0 && task[leader] != 0 && leader != c -> faults--; leader = c; look() }

/* The addresses of a deleted instance are free, and nobody sends packets there any more. */
inline vacate(n) {
	for (k : 0 .. VIPS - 1) {
		if
		:: holder[k] == n + 1 -> holder[k] = 0
		:: else
		fi;
		lag[k] = lag[k] & ~bit_of(n)
	}
}

inline crash(c) {
	if
	:: answer[c] == AWAITED -> late[FAULTS - 1] = task[c]
	:: else
	fi;
	task[c] = 0;
	answer[c] = AWAITED;
	target[c] = 0;
	sort_late()
}
#else
#define REACT(c) :: d_step { task[c] != 0 && answer[c] != AWAITED -> react(c); look() }
#define DECIDE_LATE(p)
#define RESTART(n)
#define KILL(n)
#define HANG(n)
#define CUT_OFF(n)
#define DELETE(n)
#define AGENT_DIES(n)
#define TOUCH(n)
#define CRASH(c)
#define FAIL(c)
#define REFUSE(c)
#define DEPOSE(c)
#endif

/* Every event for each node, VIP and controller. */
#if NODES == 2
#define EACH_NODE(E) E(0) E(1)
#define EACH_NODE_AND(x, E) E(x, 0) E(x, 1)
#define EACH_NODE_WITH(E, x) E(0, x) E(1, x)
#elif NODES == 3
#define EACH_NODE(E) E(0) E(1) E(2)
#define EACH_NODE_AND(x, E) E(x, 0) E(x, 1) E(x, 2)
#define EACH_NODE_WITH(E, x) E(0, x) E(1, x) E(2, x)
#else
#define EACH_NODE(E) E(0) E(1) E(2) E(3)
#define EACH_NODE_AND(x, E) E(x, 0) E(x, 1) E(x, 2) E(x, 3)
#define EACH_NODE_WITH(E, x) E(0, x) E(1, x) E(2, x) E(3, x)
#endif
#if VIPS == 1
#define EACH_VIP(E) E(0)
#elif VIPS == 2
#define EACH_VIP(E) E(0) E(1)
#else
#define EACH_VIP(E) E(0) E(1) E(2)
#endif
#if CONTROLLERS == 1
#define EACH_CONTROLLER(E) E(0)
#else
#define EACH_CONTROLLER(E) E(0) E(1)
#endif
#if FAULTS == 0
#define EACH_LATE(E)
#elif FAULTS == 1
#define EACH_LATE(E) E(0)
#elif FAULTS == 2
#define EACH_LATE(E) E(0) E(1)
#elif FAULTS == 3
#define EACH_LATE(E) E(0) E(1) E(2)
#else
#define EACH_LATE(E) E(0) E(1) E(2) E(3)
#endif
#define BEGIN_OF(v) EACH_NODE_AND(v, BEGIN)
#define TAKE_OVER_OF(v) EACH_NODE_WITH(TAKE_OVER, v)

init {
	d_step {
		for (k : 0 .. NODES - 1) {
			others[k] = BYSTANDER
		}
		for (k : 0 .. VIPS - 1) {
			i = k % NODES;
			holder[k] = i + 1;
			decided[k] = i + 1;
#if EPOCH
			grant[k] = i + 1;
#endif
			serves[i] = serves[i] | bit_of(k)
		}
		look()
	}
	do
	EACH_NODE(KILL)
	EACH_NODE(HANG)
	EACH_NODE(CUT_OFF)
	EACH_NODE(DELETE)
	EACH_NODE(AGENT_DIES)
	EACH_NODE(TOUCH)
	EACH_CONTROLLER(CRASH)
	EACH_CONTROLLER(FAIL)
	EACH_CONTROLLER(REFUSE)
	EACH_CONTROLLER(DEPOSE)
#if FAULTS > 0
	:: d_step { faults > 0 && !spent -> faults--; spent = true; look() }
	:: d_step { spent -> spent = false; look() }
#endif
	EACH_NODE(RESTART)
	EACH_VIP(BEGIN_OF)
	EACH_CONTROLLER(DECIDE)
	EACH_CONTROLLER(REACT)
	EACH_LATE(DECIDE_LATE)
	EACH_VIP(PROGRAM)
	EACH_NODE(SYNC)
	EACH_VIP(TAKE_OVER_OF)
	od
}
