// What has not been read: marks in the list of channels, a line in the stream,
// a number in the title. It is kept in this browser, for each person.
import { $, $$, ask, current } from './stream.js'

const me = document.body.dataset.person
const counts = new Map()
let away = 0

const key = (channel) => `earshot.seen.${me}.${channel}`

function seen(channel) {
  try { return Number(localStorage.getItem(key(channel)) ?? 0) } catch { return Infinity }
}

function see(channel, id) {
  if (id <= seen(channel)) return
  try { localStorage.setItem(key(channel), String(id)) } catch { /* storage is off: nothing is marked */ }
}

const newest = () => Math.max(0, ...$$('#stream .item').map((i) => Number(i.dataset.item)))

// paint draws the marks as things stand.
function paint() {
  for (const a of $$('#side [data-channel]')) {
    const name = a.dataset.channel
    const here = name === current()
    a.toggleAttribute('aria-current', here)
    if (here) a.setAttribute('aria-current', 'page')
    const n = here ? 0 : counts.get(name) ?? 0
    const fresh = !here && (n > 0 || Number(a.dataset.last) > seen(name))
    a.classList.toggle('fresh', fresh)
    const mark = $('.unread', a)
    mark.hidden = !fresh
    mark.textContent = n > 99 ? '99+' : n || ''
    mark.setAttribute('aria-label', fresh ? 'unread' : '')
  }
  const title = document.title.replace(/^\(\d+\) /, '')
  document.title = away ? `(${away}) ${title}` : title
}

// heard notes a message that came while the page was open.
export function heard(n) {
  if (n.loud) $('#announce').textContent = n.notice
  if (document.hidden && (n.loud || !n.thread)) away++
  if (n.channel === current()) {
    if (!n.thread) {
      if (!document.hidden) see(n.channel, n.id)
      if (!n.loud) $('#announce').textContent = n.notice
    }
  } else if (!n.thread || n.loud) {
    counts.set(n.channel, (counts.get(n.channel) ?? 0) + 1)
    if (!$(`#side [data-channel="${CSS.escape(n.channel)}"]`)) reload()
  }
  paint()
}

// reload reads the list of channels again: there is a new one.
export async function reload() {
  const side = await ask(`/side?channel=${encodeURIComponent(current())}`)
  if (side === null) return
  $('#side').innerHTML = side
  window.htmx.process($('#side'))
  paint()
}

// arrive marks what is new in the channel that was opened, and calls it read.
function arrive() {
  const channel = current()
  const before = seen(channel)
  counts.delete(channel)
  $('#stream .new')?.remove()
  const first = before > 0 && $$('#stream .item').find((i) => Number(i.dataset.item) > before)
  if (first && first.previousElementSibling) {
    const line = document.createElement('div')
    line.className = 'new'
    line.append(Object.assign(document.createElement('span'), { textContent: 'New' }))
    first.before(line)
  }
  see(channel, newest())
  paint()
}

export function start() {
  arrive()
  document.addEventListener('earshot:channel', arrive)
  document.addEventListener('visibilitychange', () => {
    if (document.hidden) return
    away = 0
    see(current(), newest())
    paint()
  })
}
