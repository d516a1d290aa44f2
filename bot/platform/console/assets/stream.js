// The stream and the thread: where they are scrolled to, what is put into
// them, and which pane a phone shows.
import { dayName, refresh } from './time.js'

export const $ = (s, root = document) => root.querySelector(s)
export const $$ = (s, root = document) => [...root.querySelectorAll(s)]
export const current = () => $('#main')?.dataset.channel ?? ''
export const openRoot = () => $('#thread [data-root]')?.dataset.root ?? ''

const near = 32 // pixels from the end that still count as being there

export const atEnd = (box) => box.scrollHeight - box.scrollTop - box.clientHeight < near

function toEnd(box) {
  box.scrollTop = box.scrollHeight
}

// anchor is what must not move when something changes: what has the focus,
// else the first message in sight.
function anchor(box) {
  const frame = box.getBoundingClientRect()
  const seen = (el) => {
    const r = el.getBoundingClientRect()
    return r.bottom > frame.top && r.top < frame.bottom
  }
  const focused = document.activeElement?.closest('.item')
  if (focused && box.contains(focused) && seen(focused)) return focused
  if (atEnd(box)) return null
  return $$('.item', box).find(seen)
}

// hold makes a change without moving what the reader looks at.
export function hold(box, change) {
  if (!box) return change()
  const kept = anchor(box)
  const stick = !kept && atEnd(box)
  const top = kept?.getBoundingClientRect().top
  change()
  if (stick) toEnd(box)
  else if (kept?.isConnected) box.scrollTop += kept.getBoundingClientRect().top - top
}

const boxOf = (el) => el.closest('#stream, .scroll')

// ask reads a part of a page; null when that cannot be had just now.
export async function ask(path, headers = {}) {
  try {
    const answer = await fetch(path, { headers })
    return answer.ok ? await answer.text() : null
  } catch {
    return null // the connection is lost: live.js says so
  }
}

export function parse(html) {
  const t = document.createElement('template')
  t.innerHTML = html
  return t.content.firstElementChild
}

// redraw puts a changed message over the one that stands there, wherever it
// stands, with focus, open menu and private notes kept.
export function redraw(item) {
  for (const old of $$(`[data-item="${CSS.escape(item.dataset.item)}"]`)) {
    const was = $('article', old)
    const now = $('article', item).cloneNode(true)
    if (was.outerHTML === now.outerHTML) continue
    const focus = was.contains(document.activeElement) ? document.activeElement : null
    const menu = $('.options:popover-open', was) !== null
    hold(boxOf(old), () => {
      was.replaceWith(now)
      refresh(now)
      window.htmx.process(now)
    })
    if (focus) refocus(now, focus)
    if (menu) $('[data-menu]', now)?.click()
    now.classList.add('changed')
    setTimeout(() => now.classList.remove('changed'), 1600)
  }
}

// refocus finds what had the focus in the card as it is now.
function refocus(card, was) {
  const action = was.getAttribute('value')?.split('|')[0]
  const same = action && $$('button[name=action]', card).find((b) => b.value.split('|')[0] === action)
  if (was.tagName === 'ARTICLE' || !same) card.focus({ preventScroll: true })
  else same.focus({ preventScroll: true })
}

// add puts a message in its place by id, or redraws the one that is there.
export function add(item, list) {
  if ($(`:scope > [data-item="${CSS.escape(item.dataset.item)}"]`, list)) return redraw(item)
  const box = boxOf(list)
  hold(box, () => {
    const after = $$(':scope > .item', list).find((i) => Number(i.dataset.item) > Number(item.dataset.item))
    list.insertBefore(item, after ?? $(':scope > .empty', list))
    window.htmx.process(item)
    refresh(item)
    separate()
  })
  if (box?.id === 'stream' && !atEnd(box)) $('#newest').hidden = false
}

// separate writes the day between messages of different days.
export function separate() {
  const list = $('#stream > .column')
  if (!list) return
  $$('.day', list).forEach((d) => d.remove())
  let last = ''
  for (const item of $$(':scope > .item', list)) {
    const name = dayName(new Date(item.dataset.at))
    if (name === last) continue
    last = name
    const line = document.createElement('div')
    line.className = 'day'
    line.append(Object.assign(document.createElement('span'), { textContent: name }))
    const first = item.previousElementSibling?.classList.contains('new') ? item.previousElementSibling : item
    first.before(line)
  }
}

export function pane(name) {
  $('#app').dataset.pane = name
}

function closeThread(link) {
  const root = openRoot()
  const aside = $('#thread')
  aside.replaceChildren()
  aside.hidden = true
  history.pushState({ htmx: true }, '', link.getAttribute('href'))
  pane('stream')
  $(`#stream [data-item="${CSS.escape(root)}"] > article`)?.focus({ preventScroll: true })
}

// arrive goes to the newest message: to its end, or to its beginning when it
// is longer than the page, as a digest is.
function arrive(stream) {
  toEnd(stream)
  const last = $$('.item', stream).at(-1)
  if (!last || last.offsetHeight < stream.clientHeight - 24) return
  stream.scrollTop += last.getBoundingClientRect().top - stream.getBoundingClientRect().top - 16
}

function settled() {
  separate()
  refresh()
  const stream = $('#stream')
  let end = true
  stream.addEventListener('scroll', () => {
    end = atEnd(stream)
    if (end) $('#newest').hidden = true
  }, { passive: true })
  // The box below grows and shrinks: who reads the end goes on reading it.
  new ResizeObserver(() => end && toEnd(stream)).observe(stream)
  arrive(stream)
  end = atEnd(stream)
}

function onClick(e) {
  const close = e.target.closest('[data-close-thread]')
  const back = e.target.closest('[data-pane-to]')
  if (close) {
    e.preventDefault()
    closeThread(close)
  } else if (back) {
    e.preventDefault()
    pane(back.dataset.paneTo)
  } else if (e.target.closest('#newest')) {
    toEnd($('#stream'))
    $('#newest').hidden = true
  }
}

export function start() {
  settled()
  const scroll = $('#thread .scroll')
  if (scroll) toEnd(scroll)
  document.addEventListener('click', onClick)
  let height = 0
  document.addEventListener('htmx:beforeSwap', (e) => {
    if (e.detail.elt.matches('[data-older]')) height = $('#stream').scrollHeight - $('#stream').scrollTop
  })
  document.addEventListener('htmx:afterSwap', (e) => {
    if (e.detail.target.id === 'view') {
      settled()
      pane('stream')
      document.dispatchEvent(new Event('earshot:channel'))
    } else if (e.detail.target.id === 'thread') {
      pane('thread')
      refresh()
      const box = $('#thread .scroll')
      if (box) toEnd(box)
      $('#thread article')?.focus({ preventScroll: true })
    } else if (height) {
      separate()
      refresh()
      $('#stream').scrollTop = $('#stream').scrollHeight - height
      height = 0
    } else {
      refresh()
    }
  })
}
