// What happens elsewhere appears here: one stream of server-sent events, which
// heals itself and catches up with what was missed.
import { deliver } from './acts.js'
import { $, $$, add, ask, current, openRoot, parse, redraw } from './stream.js'
import { tab } from './tab.js'
import { refresh } from './time.js'
import * as unread from './unread.js'

const silence = 45000 // the server pings every 15 s
let source = null
let last = document.body.dataset.events
let heard = Date.now()
let wait = 500
let retry = 0
let lostSince = 0

function lost() {
  source?.close()
  source = null
  lostSince ||= Date.now()
  setTimeout(() => { if (lostSince) $('#lost').hidden = false }, 1200)
  clearTimeout(retry)
  retry = setTimeout(connect, wait)
  wait = Math.min(wait * 1.7, 8000)
}

function found() {
  wait = 500
  lostSince = 0
  heard = Date.now()
  $('#lost').hidden = true
}

const on = {
  message(n) {
    const item = parse(n.html)
    const root = String(n.thread || n.id)
    count(root, n.replies)
    if (!n.thread && n.channel === current()) add(item, $('#stream > .column'))
    if (n.thread && root === openRoot()) add(item, $('#thread .log-list'))
    unread.heard(n)
  },
  edit(n) {
    redraw(parse(n.html))
    count(String(n.thread || n.id), n.replies)
  },
  tell(t) {
    const box = t.place?.[0] === 'm' || t.place?.[0] === 't'
      ? $(`${t.place[0] === 'm' ? '#stream' : '#thread'} [data-item="${CSS.escape(t.place.slice(1))}"] > .notes`) : null
    const list = box ?? $('#notes')
    const note = parse(t.html)
    list.append(note)
    window.htmx.process(note)
    refresh(note)
    note.scrollIntoView({ block: 'nearest' })
  },
  answer: deliver,
  resync,
  ping() {},
}

function count(root, n) {
  for (const a of $$(`[data-replies="${CSS.escape(root)}"]`)) {
    a.dataset.count = n
    $('span', a).textContent = n === 0 ? 'Thread' : n === 1 ? '1 in thread' : `${n} in thread`
  }
}

// resync reads the page again and puts what differs in place: typed text,
// focus and scroll position stay.
async function resync() {
  const html = await ask(location.pathname, { 'HX-Request': 'true', 'HX-Target': 'view' })
  if (html === null) {
    last = '' // so that the next connection asks for it again
    return lost()
  }
  const page = new DOMParser().parseFromString(html, 'text/html')
  merge($$('#stream .item', page), $('#stream > .column'))
  if (openRoot()) {
    $$('#thread .scroll > .item', page).forEach(redraw)
    merge($$('#thread .log-list > .item', page), $('#thread .log-list'))
  }
  unread.reload()
}

function merge(items, list) {
  const ids = new Set(items.map((i) => i.dataset.item))
  const first = Math.min(...items.map((i) => Number(i.dataset.item)))
  for (const old of $$(':scope > .item', list)) {
    if (Number(old.dataset.item) >= first && !ids.has(old.dataset.item)) old.remove()
  }
  items.forEach((i) => add(document.adoptNode(i), list))
}

export function connect() {
  clearTimeout(retry)
  source?.close()
  source = new EventSource(`/events?tab=${tab}&after=${encodeURIComponent(last)}`)
  source.onopen = found
  source.onerror = lost
  for (const [name, act] of Object.entries(on)) {
    source.addEventListener(name, (e) => {
      heard = Date.now()
      if (e.lastEventId) last = e.lastEventId
      act(JSON.parse(e.data))
    })
  }
}

setInterval(() => {
  if (source && Date.now() - heard > silence) lost()
}, 5000)
addEventListener('online', () => source || connect())
document.addEventListener('visibilitychange', () => document.hidden || source || connect())
