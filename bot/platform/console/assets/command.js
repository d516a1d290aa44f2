// The command box: completion while one types, history with the arrow up, and
// the word to the team below a thread.
import { $, $$, ask } from './stream.js'

const stored = 'earshot.history'
let typed = '' // what stood there before the history was walked
let at = -1
let asked = 0

function history() {
  try { return JSON.parse(localStorage.getItem(stored) ?? '[]') } catch { return [] }
}

function remember(line) {
  if (!line.trim()) return
  try {
    localStorage.setItem(stored, JSON.stringify([line, ...history().filter((h) => h !== line)].slice(0, 50)))
  } catch { /* storage is off: no history */ }
}

const line = () => $('#line')
const list = () => $('#completions')
const options = () => $$('#completions [role=option]')
const chosen = () => options().findIndex((o) => o.getAttribute('aria-selected') === 'true')

function hide() {
  asked++
  list().hidden = true
  list().replaceChildren()
  line().setAttribute('aria-expanded', 'false')
  line().removeAttribute('aria-activedescendant')
}

function choose(n) {
  const all = options()
  all.forEach((o, i) => o.setAttribute('aria-selected', String(i === n)))
  if (!all[n]) return
  line().setAttribute('aria-activedescendant', all[n].id)
  all[n].scrollIntoView({ block: 'nearest' })
}

// take puts a completion into the box: a whole line, or the last word of it.
function take(option) {
  const value = option.dataset.value
  const head = line().value.slice(0, line().value.lastIndexOf(' ') + 1)
  const whole = value.toLowerCase().startsWith(head.toLowerCase())
  line().value = `${whole ? value : head + value} `
  hide()
  line().focus()
  complete()
}

async function complete() {
  const mine = ++asked
  const text = line().value.replace(/^\s*\/(voc(\s+|$))?/, '')
  await new Promise((done) => { setTimeout(done, 90) })
  if (mine !== asked || document.activeElement !== line()) return
  const found = await ask(`/complete?line=${encodeURIComponent(text)}`)
  if (found === null || mine !== asked) return
  list().innerHTML = found
  const some = options().length > 0
  list().hidden = !some
  line().setAttribute('aria-expanded', String(some))
}

function walk(step) {
  const past = history()
  if (at < 0) typed = line().value
  at = Math.max(-1, Math.min(at + step, past.length - 1))
  line().value = at < 0 ? typed : past[at]
  hide()
}

function onKey(e) {
  if (e.target.id === 'words') return onWord(e)
  if (e.target.id !== 'line') return
  const n = options().length
  const open = !list().hidden && n > 0
  if (e.key === 'Escape' && open) {
    hide()
    e.stopPropagation()
  } else if (open && (e.key === 'ArrowDown' || (e.key === 'ArrowUp' && chosen() >= 0))) {
    choose(Math.max(-1, Math.min(chosen() + (e.key === 'ArrowDown' ? 1 : -1), n - 1)))
  } else if (open && e.key === 'Tab' && !e.shiftKey) {
    take(options()[Math.max(0, chosen())])
  } else if (open && e.key === 'Enter' && chosen() >= 0) {
    take(options()[chosen()])
  } else if (e.key === 'ArrowUp') {
    walk(1)
  } else if (e.key === 'ArrowDown' && at >= 0) {
    walk(-1)
  } else return
  e.preventDefault()
}

// onWord sends with Enter, and breaks the line with Shift.
function onWord(e) {
  if (e.key !== 'Enter' || e.shiftKey || e.isComposing) return
  e.preventDefault()
  if (e.target.value.trim()) e.target.form.requestSubmit()
}

function submitted(e) {
  if (e.detail.elt.id !== 'command' || !e.detail.successful) return
  remember(line().value.trim())
  line().value = ''
  at = -1
  hide()
}

export function start() {
  document.addEventListener('keydown', onKey)
  document.addEventListener('input', (e) => {
    if (e.target.id === 'line') {
      at = -1
      complete()
    }
    if (e.target.id === 'words') {
      e.target.style.height = 'auto'
      e.target.style.height = `${Math.min(e.target.scrollHeight + 2, 200)}px`
    }
  })
  document.addEventListener('focusin', (e) => e.target.id === 'line' && complete())
  document.addEventListener('focusout', (e) => e.target.id === 'line' && hide())
  document.addEventListener('pointerdown', (e) => {
    const option = e.target.closest('#completions [role=option]')
    if (!option) return
    e.preventDefault()
    take(option)
  })
  document.addEventListener('click', (e) => {
    const suggestion = e.target.closest('[data-try]')
    if (!suggestion) return
    line().value = suggestion.dataset.try
    $('#command').requestSubmit()
  })
  document.addEventListener('htmx:afterRequest', submitted)
  document.addEventListener('htmx:afterSwap', (e) => {
    if (e.detail.target.id === 'notes') $('#notes').lastElementChild?.scrollIntoView({ block: 'nearest' })
  })
}
