"""The flow from noise to data, in one time convention that holds everywhere in the engine.

`sigma` in [0, 1], 1 = noise; `x_sigma = (1 - sigma) * x0 + sigma * noise`; `velocity = noise - x0`;
Euler: `x += (sigma_next - sigma) * velocity`. `timestep` (1000 * sigma) is what the network embeds, inside `models`.
"""
