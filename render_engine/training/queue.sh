#!/bin/sh
# One entry of QUEUE.md: `sh render_engine/training/queue.sh ENTRY`. What it needs and what it must show is said there.
# OUT: what comes back. RUN: the folder of what runs before brought back (read only). Clips are drawn anew each time,
# with other seeds, for the machine keeps nothing. Dry run: COUNT=4 WORKERS=1 MINUTES=0.1 DEVICE=cpu OUT=/tmp/out
set -eu
PYTHON=${PYTHON:-python3} COUNT=${COUNT:-768} WORKERS=${WORKERS:-16} DEVICE=${DEVICE:-cuda} RUN=${RUN:-runs}
HELD=${HELD:-128} WORK=${WORK:-/tmp/house} ENTRY=$1
train() { "$PYTHON" -m render_engine.training "$@"; }

drawn() { # drawn SEEDS [DRAW OPTIONS]: clips in one folder a worker, and the held-out ones
  seeds=$1; shift
  for i in $(seq 1 "$WORKERS"); do
    train draw --count "$COUNT" --first-seed $(((seeds * WORKERS + i) * 10000)) --out "$WORK/d/train" --threads 1 "$@" &
  done
  train draw --count "$HELD" --split test --first-seed 100000000 --out "$WORK/d/held_out" --threads 1 "$@" &
  wait
}

encoded() { # encoded SEEDS: clips drawn and encoded with their animatics, a folder a worker
  for i in $(seq 1 "$WORKERS"); do
    (
      train draw --count "$COUNT" --first-seed $((($1 * WORKERS + i) * 10000)) --out "$WORK/d/$i" --threads 1
      train encode --vae "$RUN/vae.safetensors" --data "$WORK/d/$i" --out "$WORK/l/train/$i" --threads 1
      rm -r "$WORK/d/$i"
    ) &
  done
  train draw --count "$HELD" --split test --first-seed 100000000 --out "$WORK/d/held_out" --threads 1
  train encode --vae "$RUN/vae.safetensors" --data "$WORK/d/held_out" --out "$WORK/l/held_out" --threads 1
  wait
}

transformer() { # transformer FINAL_SHARE: go on from RUN's parts where there are any
  resume=
  if [ -d "$RUN/transformer" ]; then
    train unpack --parts "$RUN/transformer" --state "$WORK/t/transformer_training.safetensors"
    cp "$RUN/log.jsonl" "$WORK/t"
    resume=--resume
  fi
  train transformer --preset micro --data "$WORK/l" --out "$WORK/t" --minutes "${MINUTES:-5}" --device "$DEVICE" \
    --max-tokens "${TOKENS:-131072}" --final-share "$1" $resume
  train pack --state "$WORK/t/transformer_training.safetensors" --out "$OUT/transformer"
  cp "$WORK/t/log.jsonl" "$OUT"
}

mkdir -p "$WORK/t" "$OUT"
case $ENTRY in
  0) "$PYTHON" -m render_engine.cli bench --preset 2b --preset 13b --preset ltx-2 --clip 704x480x97 --clip 1216x704x121 \
    --device "$DEVICE" --dtype bf16 --minutes 8 --json "$OUT/bench.json" ;;
  1)
    drawn 1
    train vae --preset nano --data "$WORK/d" --out "$WORK/v" --minutes "${MINUTES:-4}" --device "$DEVICE" --batch 64
    train export-vae --run "$WORK/v" --data "$WORK/d" --out "$OUT"
    cp "$WORK/v/log.jsonl" "$OUT/vae_log.jsonl"
    ;;
  2 | 3 | 4)
    encoded "$ENTRY"
    transformer "${FALL:-0.05}"
    ;;
  5)
    encoded 5
    transformer "${FALL:-0.6}"
    ;;
  6)
    encoded 6
    train unpack --parts "$RUN/transformer" --state "$WORK/t/transformer_training.safetensors"
    train export-transformer --run "$WORK/t" --out "$WORK"
    train distil --weights "$WORK/transformer.safetensors" --data "$WORK/l" --out "$WORK/a" --minutes "${MINUTES:-4}" \
      --device "$DEVICE" --max-tokens "${TOKENS:-32768}"
    train export-distilled --weights "$WORK/transformer.safetensors" --run "$WORK/a" --out "$OUT"
    cp "$WORK/a/log.jsonl" "$OUT/distil_log.jsonl"
    ;;
  7)
    drawn 7 --frames 13 --fps 6
    train critic --data "$WORK/d" --out "$WORK/c" --minutes "${MINUTES:-2.5}" --device "$DEVICE" --batch "${BATCH:-256}"
    train export-critic --run "$WORK/c" --data "$WORK/d" --out "$OUT"
    train reader --data "$WORK/d" --out "$WORK/r" --minutes "${MINUTES:-2.5}" --device "$DEVICE" --batch "${BATCH:-256}"
    train export-reader --run "$WORK/r" --data "$WORK/d" --out "$OUT"
    cp "$WORK/c/log.jsonl" "$OUT/critic_log.jsonl"
    cp "$WORK/r/log.jsonl" "$OUT/reader_log.jsonl"
    ;;
  *)
    echo "no entry $ENTRY: choose 0 to 7, see render_engine/training/QUEUE.md" >&2
    exit 2
    ;;
esac
