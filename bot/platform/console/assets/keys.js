// Everything by keyboard. Single letters count only while nothing is typed and
// no dialog is open.
import { $, $$ } from './stream.js'

const typing = (el) => el.matches('input, textarea, select') || el.isContentEditable

function move(step) {
  const cards = $$($('#app').dataset.pane === 'thread' && innerWidth < 761 ? '#thread article' : '#stream article')
  const now = cards.indexOf(document.activeElement.closest('article'))
  const to = now < 0 ? cards.length - 1 : now + step
  const card = cards[Math.max(0, Math.min(to, cards.length - 1))]
  card?.focus({ preventScroll: true })
  card?.scrollIntoView({ block: 'nearest' })
}

function channel(step) {
  const all = $$('#side [data-channel]')
  const now = all.findIndex((a) => a.getAttribute('aria-current') === 'page')
  all[(now + step + all.length) % all.length]?.click()
}

const keys = {
  j: () => move(1),
  k: () => move(-1),
  g: () => { $('#stream').scrollTop = $('#stream').scrollHeight },
  '[': () => channel(-1),
  ']': () => channel(1),
  '/': () => $('#line').focus(),
  '?': () => $('#help').showModal(),
}

function escape(target) {
  if (typing(target) && !target.value) target.blur()
  else if (!typing(target)) $('#thread:not([hidden]) [data-close-thread].close')?.click()
}

function onKey(e) {
  if (e.defaultPrevented || e.ctrlKey || e.metaKey || e.altKey || $('dialog[open]') || $('.options:popover-open')) return
  if (e.key === 'Escape') return escape(e.target)
  if (typing(e.target)) return
  if (e.key === 'Enter' && e.target.matches('article[data-thread]')) {
    e.preventDefault()
    if (!e.target.closest('#thread')) $('.replies', e.target).click()
  } else if (keys[e.key]) {
    e.preventDefault()
    keys[e.key]()
  }
}

function theme() {
  const root = document.documentElement
  const system = matchMedia('(prefers-color-scheme: dark)').matches ? 'dark' : 'light'
  const next = (root.dataset.theme ?? system) === 'dark' ? 'light' : 'dark'
  root.dataset.theme = next
  try {
    if (next === system) localStorage.removeItem('earshot.theme')
    else localStorage.setItem('earshot.theme', next)
  } catch { /* storage is off: until the next load, then */ }
}

export function start() {
  document.addEventListener('keydown', onKey)
  document.addEventListener('click', (e) => {
    if (e.target.closest('[data-theme-switch]')) theme()
    if (e.target.closest('[data-help]')) $('#help').showModal()
  })
}
